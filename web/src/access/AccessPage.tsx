import { useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { projectsQuery } from '../projects/queries.ts';
import { PageHeader } from '../ui/PageHeader.tsx';
import { PageTabs } from '../ui/PageTabs.tsx';
import { UnknownPanel } from '../ui/UnknownPanel.tsx';
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

/** Tabs that are about one project. */
const OF_PROJECT: readonly AccessTab[] = ['members', 'roles', 'check'];

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
        <WhereKnown tab={chosen}>{CONTENT[chosen]()}</WhereKnown>
      </PageTabs>
    </>
  );
}

/** Another project is not shown in the place of one that the address names and that is not there; nor another environment. */
function WhereKnown({ tab, children }: { tab: AccessTab; children: ReactNode }) {
  const { t } = useTranslation();
  const { project: slug, env } = route.useSearch();
  const navigate = route.useNavigate();
  const { data: projects } = useSuspenseQuery(projectsQuery);
  if (!OF_PROJECT.includes(tab)) return children;
  const project = slug === undefined ? projects[0] : projects.find(one => one.slug === slug);
  const isEnvironmentOf = project?.environments.some(one => one.slug === env) ?? false;
  if (slug !== undefined && project === undefined) {
    return (
      <UnknownPanel
        unknown={[{ key: 'project', label: t('projects.one'), value: slug }]}
        onClear={() => forget(['project', 'env'])}
      />
    );
  }
  if (tab !== 'check' || env === undefined || isEnvironmentOf) return children;
  return (
    <UnknownPanel
      unknown={[{ key: 'env', label: t('overview.environment'), value: env }]}
      onClear={() => forget(['env'])}
    />
  );

  function forget(names: string[]) {
    void navigate({
      params: rest => rest,
      search: rest => Object.fromEntries(Object.entries(rest).filter(([name]) => !names.includes(name))),
      replace: true,
    });
  }
}
