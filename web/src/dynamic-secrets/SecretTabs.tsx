import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { DynamicSecret, Project } from '../api/schema.ts';
import { useTabKeys } from '../keys/use-tab-keys.ts';
import { totalQuery } from '../leases/history.ts';
import type { Place } from '../leases/queries.ts';
import type { LeaseSearch } from '../leases/search.ts';
import { PageTabs } from '../ui/PageTabs.tsx';
import { ActivityTab } from './ActivityTab.tsx';
import { ConfigurationTab } from './ConfigurationTab.tsx';
import { LeasesTab } from './LeasesTab.tsx';
import { PermissionsTab } from './PermissionsTab.tsx';
import { TABS } from './routes.ts';
import { UseTab } from './UseTab.tsx';

const route = getRouteApi('/shell/p/$project/e/$environment/s/$name');

interface Props {
  secret: DynamicSecret;
  place: Place;
  project: Project;
  /** Why no lease may be asked for. */
  refusal: string | null;
  onNew: () => void;
}

/** What there is to know of one dynamic secret, a tab of the address for each. */
export function SecretTabs({ secret, place, project, refusal, onNew }: Props) {
  const { t } = useTranslation();
  const { tab = 'leases', status, actor, ends, open } = route.useSearch();
  const navigate = route.useNavigate();
  const live = useQuery(
    totalQuery({ projectSlug: place.projectSlug, dynamicSecretId: secret.id, state: 'active' }),
  );
  const choose = (chosen: (typeof TABS)[number]) =>
    void navigate({ search: rest => ({ ...rest, tab: chosen }), resetScroll: false });
  useTabKeys(TABS, choose);
  const search: LeaseSearch = {
    ...(status === undefined ? {} : { status }),
    ...(actor === undefined ? {} : { actor }),
    ...(ends === undefined ? {} : { ends }),
  };
  const narrow = ({ status, actor, ends }: LeaseSearch) =>
    void navigate({
      search: ({ status: _, actor: __, ends: ___, ...rest }) => ({
        ...rest,
        ...(status === undefined ? {} : { status }),
        ...(actor === undefined ? {} : { actor }),
        ...(ends === undefined ? {} : { ends }),
      }),
      replace: true,
      resetScroll: false,
    });

  return (
    <PageTabs
      tabs={[
        { key: 'leases', label: t('leases.title'), ...(live.data == null ? {} : { count: live.data }) },
        { key: 'configuration', label: t('secrets.configuration') },
        { key: 'permissions', label: t('permissions.title') },
        { key: 'activity', label: t('secrets.activity') },
        { key: 'use', label: t('secrets.use') },
      ]}
      chosen={tab}
      onChoose={choose}
      hasKeys
    >
      {content()}
    </PageTabs>
  );

  function content() {
    switch (tab) {
      case 'leases':
        return (
          <LeasesTab
            secret={secret}
            place={place}
            search={search}
            onChange={narrow}
            open={open}
            refusal={refusal}
            onNew={onNew}
          />
        );
      case 'configuration':
        return <ConfigurationTab secret={secret} place={place} projectId={project.id} />;
      case 'permissions':
        return <PermissionsTab secret={secret} place={place} />;
      case 'activity':
        return <ActivityTab secretId={secret.id} project={project} />;
      case 'use':
        return <UseTab secret={secret} place={place} />;
    }
  }
}
