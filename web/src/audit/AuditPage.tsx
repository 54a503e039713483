import { Button, Group, Stack, Switch } from '@mantine/core';
import { useInfiniteQuery, useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { LoggedEvent, Project } from '../api/schema.ts';
import { projectsQuery } from '../projects/queries.ts';
import { useNow } from '../time/use-now.ts';
import { Drawer } from '../ui/Drawer.tsx';
import { Notice } from '../ui/Notice.tsx';
import { PageHeader } from '../ui/PageHeader.tsx';
import { Pages } from '../ui/Pages.tsx';
import { StatePanel } from '../ui/StatePanel.tsx';
import { type Unknown, UnknownPanel } from '../ui/UnknownPanel.tsx';
import { AuditFilters } from './AuditFilters.tsx';
import { EventDetails } from './EventDetails.tsx';
import { EventTable } from './EventTable.tsx';
import {
  differInBeginOnly,
  eventQuery,
  eventsQuery,
  exportAddress,
  type Filter,
  facetsQuery,
} from './queries.ts';
import { beginOf, isSpan } from './spans.ts';
import { useLive } from './use-live.ts';

const route = getRouteApi('/shell/audit');
const MINUTE = 60_000;

export function AuditPage() {
  const { t } = useTranslation();
  const { project, last } = route.useSearch();
  const navigate = route.useNavigate();
  const { data: projects } = useSuspenseQuery(projectsQuery);
  const isUnknown = project !== undefined && !projects.some(({ slug }) => slug === project);
  const unknown: Unknown[] = [
    ...(isUnknown ? [{ key: 'project', label: t('projects.one'), value: project }] : []),
    ...(last === undefined || isSpan(last) ? [] : [{ key: 'last', label: t('audit.at'), value: last }]),
  ];
  if (unknown.length === 0) return <Events projects={projects} />;
  return (
    <>
      <PageHeader title={t('places.audit')} />
      <UnknownPanel
        unknown={unknown}
        onClear={() =>
          void navigate({
            search: ({ project: _, last: __, ...rest }) => ({
              ...rest,
              ...(isUnknown || project === undefined ? {} : { project }),
              ...(isSpan(last) ? { last } : {}),
            }),
            replace: true,
          })
        }
      />
    </>
  );
}

function Events({ projects }: { projects: Project[] }) {
  const { t } = useTranslation();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  // By the minute, so that the same question is asked again only when it is another one.
  const now = Math.floor(useNow() / MINUTE) * MINUTE;
  const filter = filterOf();
  const events = useInfiniteQuery({
    ...eventsQuery(filter),
    // A span begins later by the minute: what is there stays until the next answer.
    placeholderData: (before, query) =>
      differInBeginOnly(query?.queryKey[1] as Filter | undefined, filter) ? before : undefined,
  });
  const facets = useQuery(facetsQuery(filter));
  const live = useLive(filter, search.live === true);
  const clear = () => void navigate({ search: {} });
  const close = () => void navigate({ search: ({ open: _, ...rest }) => rest, resetScroll: false });

  function filterOf(): Filter {
    const { project, lease, cluster, last, live: _, open: __, ...rest } = search;
    const projectId = projects.find(({ slug }) => slug === project)?.id;
    const begin = last === undefined ? null : beginOf(last, now);
    return {
      ...rest,
      ...(begin === null ? {} : { from: begin }),
      ...(projectId === undefined ? {} : { projectId }),
      ...(lease === undefined ? {} : { leaseId: lease }),
      ...(cluster === undefined ? {} : { connectionId: cluster }),
    };
  }

  return (
    <>
      <PageHeader
        title={t('places.audit')}
        facts={facets.data !== undefined && <span>{t('audit.count', { count: facets.data.total })}</span>}
        actions={events.data !== undefined && <Export filter={filter} />}
      />
      <AuditFilters projects={projects} search={search} facets={facets.data} onClear={clear} />
      <Group mb="md">
        <Switch
          label={t('audit.live')}
          checked={search.live === true}
          onChange={event => {
            const isOn = event.currentTarget.checked;
            void navigate({
              search: ({ live: _, ...rest }) => (isOn ? { ...rest, live: true } : rest),
              replace: true,
              resetScroll: false,
            });
          }}
          data-key="l"
        />
      </Group>
      {live.isBroken && <Notice tone="warn">{t('audit.liveBroken')}</Notice>}
      <Pages query={events}>
        {pages => {
          const found = merged([...live.events, ...pages.flatMap(page => page.events)]);
          if (found.length > 0) return <EventTable events={found} project={search.project} />;
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
      {search.open !== undefined && (
        <EventDrawer id={search.open} projectId={filter.projectId} onClose={close} />
      )}
    </>
  );
}

/** What came live is in the next answer, too. */
function merged(events: LoggedEvent[]): LoggedEvent[] {
  return [...new Map(events.map(event => [event.id, event])).values()];
}

/** All that the filter leaves, from the server itself; how many that is stands above the list. */
function Export({ filter }: { filter: Filter }) {
  const { t } = useTranslation();
  return (
    <Group gap="xs">
      {(['csv', 'ndjson'] as const).map(format => (
        <Button key={format} component="a" variant="default" href={exportAddress(filter, format)} download>
          {t(`audit.export.${format}`)}
        </Button>
      ))}
    </Group>
  );
}

interface DrawerProps {
  id: string;
  projectId: string | undefined;
  onClose: () => void;
}

function EventDrawer({ id, projectId, onClose }: DrawerProps) {
  const event = useQuery(eventQuery(id, projectId));
  return (
    <Drawer title={<span translate="no">{event.data?.kind}</span>} onClose={onClose}>
      <Stack gap="md">{event.data !== undefined && <EventDetails event={event.data} />}</Stack>
    </Drawer>
  );
}
