import { useTranslation } from 'react-i18next';
import { ButtonLink } from '../app/links.tsx';
import { StatePanel } from '../ui/StatePanel.tsx';

export function NotFoundPage() {
  const { t } = useTranslation();
  return (
    <main>
      <StatePanel
        kind="missing"
        isPage
        title={t('state.missing')}
        action={<ButtonLink to="/projects">{t('shell.toProjects')}</ButtonLink>}
      >
        {t('shell.noSuchPage')}
      </StatePanel>
    </main>
  );
}
