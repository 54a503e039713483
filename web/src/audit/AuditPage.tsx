import { Button, Group } from '@mantine/core';
import { useInfiniteQuery, useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { projectsQuery } from '../projects/queries.ts';
import { PageHeader } from '../ui/PageHeader.tsx';
import { Pages } from '../ui/Pages.tsx';
import { StatePanel } from '../ui/StatePanel.tsx';
import { AuditFilters } from './AuditFilters.tsx';
import { EventTable } from './EventTable.tsx';
import { eventsQuery, exportAddress, type Filter, facetsQuery } from './queries.ts';

const route = getRouteApi('/shell/audit');

export function AuditPage() {
  const { t } = useTranslation();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { data: projects } = useSuspenseQuery(projectsQuery);
  const projectId = projects.find(({ slug }) => slug === search.project)?.id;
  const { project: _, lease, cluster, ...rest } = search;
  const filter: Filter = {
    ...rest,
    ...(projectId === undefined ? {} : { projectId }),
    ...(lease === undefined ? {} : { leaseId: lease }),
    ...(cluster === undefined ? {} : { connectionId: cluster }),
  };
  const events = useInfiniteQuery(eventsQuery(filter));
  const facets = useQuery(facetsQuery(filter));
  const clear = () => void navigate({ search: {} });
  const download = (
    <Group gap="xs">
      {(['csv', 'ndjson'] as const).map(format => (
        <Button key={format} component="a" variant="default" href={exportAddress(filter, format)} download>
          {t(`audit.export.${format}`)}
        </Button>
      ))}
    </Group>
  );
  return (
    <>
      <PageHeader
        title={t('places.audit')}
        facts={facets.data !== undefined && <span>{t('audit.count', { count: facets.data.total })}</span>}
        actions={events.data !== undefined && download}
      />
      <AuditFilters projects={projects} search={search} facets={facets.data} onClear={clear} />
      <Pages query={events}>
        {pages => {
          const found = pages.flatMap(page => page.events);
          if (found.length > 0) return <EventTable events={found} />;
          return (
            <StatePanel
              kind="filtered"
              title={t('audit.none')}
              action={<Button onClick={clear}>{t('audit.clear')}</Button>}
            >
              {t('audit.noneWhy')}
            </StatePanel>
          );
        }}
      </Pages>
    </>
  );
}
