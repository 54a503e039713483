import { useSuspenseQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { meQuery } from '../session/queries.ts';
import { Snippet } from '../ui/Snippet.tsx';
import { StatePanel } from '../ui/StatePanel.tsx';
import { NewProject } from './NewProject.tsx';

/** Where somebody is in no project: whoever may make one does, and everybody else has to ask. */
export function NoProjectYet() {
  const { t } = useTranslation();
  const { data: me } = useSuspenseQuery(meQuery);
  if (me.user.role !== 'no-access') {
    return (
      <StatePanel kind="empty" title={t('projects.none')} action={<NewProject />}>
        {t('projects.noneWhy')}
      </StatePanel>
    );
  }
  const words = t('ask.words', { email: me.user.email, address: location.origin });
  return (
    <StatePanel
      kind="forbidden"
      title={t('ask.title')}
      action={<Snippet label={t('ask.label')} text={words} />}
    >
      {t('ask.why')}
    </StatePanel>
  );
}
