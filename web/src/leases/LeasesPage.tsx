import { useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Lease, Project } from '../api/schema.ts';
import { NoProject } from '../projects/NoProject.tsx';
import { projectsQuery } from '../projects/queries.ts';
import { meQuery } from '../session/queries.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { PageHeader } from '../ui/PageHeader.tsx';
import { UnknownPanel } from '../ui/UnknownPanel.tsx';
import { Count } from './Count.tsx';
import { type Filter, filterOf } from './filter.ts';
import { LeaseFilters } from './LeaseFilters.tsx';
import { LeaseGroups } from './LeaseGroups.tsx';
import { LeaseList } from './LeaseList.tsx';
import { NoLease } from './NoLease.tsx';
import { OwnOnly } from './OwnOnly.tsx';
import { placeOf } from './queries.ts';
import { SavedViews } from './SavedViews.tsx';
import type { LeaseSearch } from './search.ts';
import { unknownIn, withoutUnknown } from './unknown.ts';
import { useHistory } from './use-history.ts';

const EndManyDialog = lazy(async () => ({ default: (await import('./EndManyDialog.tsx')).EndManyDialog }));
const route = getRouteApi('/shell/leases');

export function LeasesPage() {
  const { t } = useTranslation();
  const { data: projects } = useSuspenseQuery(projectsQuery);
  if (projects.length > 0) return <Leases projects={projects} />;
  return (
    <>
      <PageHeader title={t('leases.title')} />
      <NoProject />
    </>
  );
}

function Leases({ projects }: { projects: Project[] }) {
  const { t } = useTranslation();
  const { open, ...search } = route.useSearch();
  const navigate = route.useNavigate();
  const change = (next: LeaseSearch) => void navigate({ search: next, replace: true, resetScroll: false });
  const unknown = unknownIn(t, search, projects);
  if (unknown.length === 0)
    return <Known projects={projects} search={search} open={open} onChange={change} />;
  return (
    <>
      <PageHeader title={t('leases.title')} />
      <UnknownPanel unknown={unknown} onClear={() => change(withoutUnknown(search, unknown))} />
    </>
  );
}

interface KnownProps {
  projects: Project[];
  search: LeaseSearch;
  /** The lease that is open beside the list. */
  open: string | undefined;
  onChange: (search: LeaseSearch) => void;
}

/** The leases of an address all of whose parts name something. */
function Known({ projects, search, open, onChange: change }: KnownProps) {
  const { t } = useTranslation();
  const { data: me } = useSuspenseQuery(meQuery);
  const filter = filterOf(search, me.user.id, projects);
  const history = useHistory(filter, search.group === 'actor' || search.group === 'secret');
  const slugOf = (lease: Lease) => projects.find(({ id }) => id === lease.projectId)?.slug ?? '';

  return (
    <>
      <PageHeader
        title={t('leases.title')}
        facts={<Count history={history} />}
        actions={<EndMany search={search} filter={filter} isAdmin={me.user.role === 'admin'} />}
      />
      <OwnOnly projects={projects.filter(({ slug }) => slug === (search.project ?? slug))} />
      <SavedViews search={search} />
      <LeaseFilters projects={projects} search={search} onChange={change} />
      {search.group === undefined ? (
        <LeaseList
          filter={filter}
          history={history}
          slugOf={slugOf}
          more={[
            {
              key: 'secret',
              header: t('leases.secret'),
              cell: lease => <SecretLink lease={lease} project={slugOf(lease)} />,
            },
          ]}
          open={open}
          none={<NoLease search={search} onClear={change} />}
        />
      ) : (
        <LeaseGroups
          by={search.group}
          search={search}
          filter={filter}
          history={history}
          projects={projects}
        />
      )}
    </>
  );
}

function SecretLink({ lease, project }: { lease: Lease; project: string }) {
  const { environmentSlug, path } = placeOf(lease, project);
  const name = lease.dynamicSecretName ?? '';
  return (
    <Link
      to="/p/$project/e/$environment/s/$name"
      params={{ project, environment: environmentSlug, name }}
      search={path === '/' ? {} : { path }}
      translate="no"
    >
      {`${name} · ${environmentSlug}`}
    </Link>
  );
}

interface EndManyProps {
  search: LeaseSearch;
  filter: Filter;
  isAdmin: boolean;
}

/** Ends what the filters name, and where the server cannot be told so exactly that, says so. */
function EndMany({ search, filter, isAdmin }: EndManyProps) {
  const { t } = useTranslation();
  const [isOpen, setIsOpen] = useState(false);
  const { q, ends, status } = search;
  const isUntold = q !== undefined || ends !== undefined || (status !== undefined && status !== 'active');
  const reason = isAdmin ? (isUntold ? t('leaseList.endManyUntold') : null) : t('leases.adminsEnd');
  return (
    <>
      <ActionButton variant="default" reason={reason} onClick={() => setIsOpen(true)}>
        {t('leases.endMany')}
      </ActionButton>
      {isOpen && (
        <Suspense>
          <EndManyDialog filter={filter} onClose={() => setIsOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
