import { useTranslation } from 'react-i18next';
import { ButtonLink } from '../app/links.tsx';
import { StatePanel } from '../ui/StatePanel.tsx';

/** In the place of what needs a project to be about. */
export function NoProject() {
  const { t } = useTranslation();
  return (
    <StatePanel
      kind="empty"
      title={t('projects.none')}
      action={<ButtonLink to="/projects">{t('shell.toProjects')}</ButtonLink>}
    >
      {t('projects.noneWhy')}
    </StatePanel>
  );
}
