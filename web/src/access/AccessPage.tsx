import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { PageHeader } from '../ui/PageHeader.tsx';
import { PageTabs } from '../ui/PageTabs.tsx';
import { CheckTab } from './CheckTab.tsx';
import { GroupsTab } from './GroupsTab.tsx';
import { IdentitiesTab } from './IdentitiesTab.tsx';
import { MembersTab } from './MembersTab.tsx';
import { RolesTab } from './RolesTab.tsx';
import { ACCESS_TABS, type AccessTab } from './routes.ts';
import { UsersTab } from './UsersTab.tsx';

const route = getRouteApi('/shell/access/$tab');
const CONTENT: Record<AccessTab, () => React.ReactNode> = {
  users: () => <UsersTab />,
  identities: () => <IdentitiesTab />,
  groups: () => <GroupsTab />,
  members: () => <MembersTab />,
  roles: () => <RolesTab />,
  check: () => <CheckTab />,
};

/** Who may do what: people, machines, groups, members, roles, and the answer to why. */
export function AccessPage() {
  const { t } = useTranslation();
  const { tab } = route.useParams();
  const navigate = route.useNavigate();
  const chosen = ACCESS_TABS.find(candidate => candidate === tab) ?? 'users';
  return (
    <>
      <PageHeader title={t('places.access')} />
      <PageTabs
        tabs={ACCESS_TABS.map(key => ({ key, label: t(`access.tabs.${key}`) }))}
        chosen={chosen}
        onChoose={next => void navigate({ params: { tab: next }, search: rest => rest })}
      >
        {CONTENT[chosen]()}
      </PageTabs>
    </>
  );
}
