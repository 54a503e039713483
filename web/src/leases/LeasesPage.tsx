import { Select } from '@mantine/core';
import { useInfiniteQuery, useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Lease, Project } from '../api/schema.ts';
import { NoProject } from '../projects/NoProject.tsx';
import { ProjectSelect } from '../projects/ProjectSelect.tsx';
import { projectsQuery } from '../projects/queries.ts';
import { Filters } from '../ui/Filters.tsx';
import { PageHeader } from '../ui/PageHeader.tsx';
import { Pages } from '../ui/Pages.tsx';
import { StatePanel } from '../ui/StatePanel.tsx';
import { historyQuery, STATES } from './history.ts';
import { LeaseTable } from './LeaseTable.tsx';
import { placesQuery } from './places.ts';

const route = getRouteApi('/shell/leases');
const ALL = 'all';

export function LeasesPage() {
  const { t } = useTranslation();
  const { project: slug, state } = route.useSearch();
  const navigate = route.useNavigate();
  const { data: projects } = useSuspenseQuery(projectsQuery);
  const project = projects.find(candidate => candidate.slug === slug) ?? projects[0];
  return (
    <>
      <PageHeader title={t('leases.title')} />
      {project === undefined ? (
        <NoProject />
      ) : (
        <>
          <Filters>
            <ProjectSelect
              projects={projects}
              chosen={project.slug}
              onChoose={chosen => void navigate({ search: rest => ({ ...rest, project: chosen }) })}
            />
            <Select
              label={t('leases.state')}
              data={[ALL, ...STATES].map(value => ({
                value,
                label: t(`leases.states.${value as typeof ALL}`),
              }))}
              value={state ?? ALL}
              onChange={value => {
                const chosen = STATES.find(candidate => candidate === value);
                void navigate({
                  search: ({ state: _, ...rest }) => (chosen ? { ...rest, state: chosen } : rest),
                });
              }}
              allowDeselect={false}
            />
          </Filters>
          <History project={project} state={state} />
        </>
      )}
    </>
  );
}

function History({ project, state }: { project: Project; state: string | undefined }) {
  const { t } = useTranslation();
  const history = useInfiniteQuery(historyQuery(project.slug, state));
  const places = useQuery(placesQuery(project));
  const secret = (lease: Lease) => places.data?.[lease.dynamicSecretId];
  const name = (lease: Lease) => {
    const found = secret(lease);
    if (found === undefined) return '–';
    const { environmentSlug, path } = found.place;
    return (
      <Link
        to="/p/$project/e/$environment/s/$name"
        params={{ project: project.slug, environment: environmentSlug, name: found.name }}
        search={path === '/' ? {} : { path }}
        translate="no"
      >
        {`${found.name} · ${environmentSlug}`}
      </Link>
    );
  };
  return (
    <Pages query={history}>
      {pages => {
        const leases = pages.flatMap(page => page.leases);
        if (leases.length > 0) {
          const more = [{ key: 'secret', header: t('leases.secret'), cell: name }];
          return (
            <LeaseTable
              leases={leases}
              placeOf={lease => secret(lease)?.place}
              projectOf={() => project.slug}
              more={more}
            />
          );
        }
        if (state !== undefined) return <StatePanel kind="filtered" title={t('leases.noneInState')} />;
        return (
          <StatePanel kind="empty" title={t('leases.none')}>
            {t('leases.noneWhy')}
          </StatePanel>
        );
      }}
    </Pages>
  );
}
