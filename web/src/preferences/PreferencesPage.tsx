import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { AccountSection } from '../account/AccountSection.tsx';
import { KeyList, KeySwitch } from '../shell/KeySheet.tsx';
import { PageHeader } from '../ui/PageHeader.tsx';
import { PageTabs } from '../ui/PageTabs.tsx';
import { Panel } from '../ui/Panel.tsx';
import { AboutSection } from './AboutSection.tsx';
import { AppearanceSection } from './AppearanceSection.tsx';
import { NotificationsSection } from './NotificationsSection.tsx';
import { OrganizationSection } from './OrganizationSection.tsx';
import { SECTIONS, type Section } from './routes.ts';

const route = getRouteApi('/shell/settings/$section');
const CONTENT: Record<Section, () => React.ReactNode> = {
  account: () => <AccountSection />,
  appearance: () => <AppearanceSection />,
  keyboard: () => <KeyboardSection />,
  notifications: () => <NotificationsSection />,
  organization: () => <OrganizationSection />,
  about: () => <AboutSection />,
};

/** One's own account and comfort, and what the organization set up. */
export function PreferencesPage() {
  const { t } = useTranslation();
  const { section } = route.useParams();
  const navigate = route.useNavigate();
  const chosen = SECTIONS.find(candidate => candidate === section) ?? 'account';
  return (
    <>
      <PageHeader title={t('places.preferences')} />
      <PageTabs
        tabs={SECTIONS.map(key => ({ key, label: t(`preferences.sections.${key}`) }))}
        chosen={chosen}
        onChoose={next => void navigate({ params: { section: next } })}
      >
        {CONTENT[chosen]()}
      </PageTabs>
    </>
  );
}

function KeyboardSection() {
  const { t } = useTranslation();
  return (
    <Panel title={t('shell.keys')} actions={<KeySwitch />}>
      <KeyList />
    </Panel>
  );
}
