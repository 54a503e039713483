import { Tabs } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { PageHeader } from '../ui/PageHeader.tsx';
import { CheckTab } from './CheckTab.tsx';
import { IdentitiesTab } from './IdentitiesTab.tsx';
import { RolesTab } from './RolesTab.tsx';
import { ACCESS_TABS, type AccessTab } from './routes.ts';
import { UsersTab } from './UsersTab.tsx';

const route = getRouteApi('/shell/access/$tab');
const CONTENT: Record<AccessTab, () => React.ReactNode> = {
  users: () => <UsersTab />,
  identities: () => <IdentitiesTab />,
  roles: () => <RolesTab />,
  check: () => <CheckTab />,
};

/** Who may do what: people, machines, roles, and the answer to why. */
export function AccessPage() {
  const { t } = useTranslation();
  const { tab } = route.useParams();
  const navigate = route.useNavigate();
  const chosen = ACCESS_TABS.find(candidate => candidate === tab) ?? 'users';
  return (
    <>
      <PageHeader title={t('places.access')} />
      <Tabs
        value={chosen}
        onChange={next => next !== null && void navigate({ params: { tab: next }, search: rest => rest })}
        keepMounted={false}
      >
        <Tabs.List mb="md">
          {ACCESS_TABS.map(one => (
            <Tabs.Tab key={one} value={one}>
              {t(`access.tabs.${one}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {ACCESS_TABS.map(one => (
          <Tabs.Panel key={one} value={one}>
            {CONTENT[one]()}
          </Tabs.Panel>
        ))}
      </Tabs>
    </>
  );
}
