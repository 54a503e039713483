import { Button, Stack } from '@mantine/core';
import { useQueries, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Project } from '../api/schema.ts';
import { connectionsQuery } from '../connections/queries.ts';
import { DataTable } from '../ui/DataTable.tsx';
import { FailurePanel } from '../ui/FailurePanel.tsx';
import { Notice } from '../ui/Notice.tsx';
import { Waiting } from '../ui/Waiting.tsx';
import { type Filter, without, withPart } from './filter.ts';
import { byActor, bySecret, type Group, groupsOf, sorted } from './groups.ts';
import { MOST_COUNTED, totalQuery } from './history.ts';
import type { Grouping, LeaseSearch } from './search.ts';
import type { History } from './use-history.ts';

interface Props {
  by: Grouping;
  search: LeaseSearch;
  filter: Filter;
  /** All that the filter leaves, while it is read and when it was. */
  history: History;
  projects: Project[];
}

/** Leases by what they have in common, with counts; each group leads to its leases. */
export function LeaseGroups({ by, search, filter, history, projects }: Props) {
  if (by === 'cluster') return <ByCluster search={search} filter={filter} />;
  const named = by === 'actor' ? byActor : bySecret(projects);
  return <Read by={by} search={search} history={history} groups={groupsOf(history.leases, named)} />;
}

interface ReadProps {
  by: Grouping;
  search: LeaseSearch;
  history: History;
  groups: Group[];
}

/** Counted here, of every lease that fits: until the last was read, it is said how many were. */
function Read({ by, search, history: { query, leases, total, isWhole }, groups }: ReadProps) {
  const { t } = useTranslation();
  if (query.data === undefined) {
    if (query.error === null) return <Waiting />;
    return <FailurePanel failure={query.error} onRetry={() => void query.refetch()} />;
  }
  const words = leases.length < MOST_COUNTED ? 'leaseList.groupsSoFar' : 'leaseList.groupsCut';
  const isOld = isWhole && total !== null && total !== leases.length;
  return (
    <Stack gap="md">
      <div role="status">
        {!isWhole && (
          <Notice tone="warn">{t(words, { count: leases.length, total: total ?? t('ui.unknown') })}</Notice>
        )}
        {isOld && <Notice tone="warn">{t('leaseList.groupsOld', { count: leases.length, total })}</Notice>}
      </div>
      {isOld && (
        <div>
          <Button variant="default" onClick={() => void query.refetch()} loading={query.isFetching}>
            {t('leaseList.countAgain')}
          </Button>
        </div>
      )}
      <Groups by={by} search={search} groups={groups} />
    </Stack>
  );
}

/** Leases do not name their connection, but the server counts those of each. */
function ByCluster({ search, filter }: { search: LeaseSearch; filter: Filter }) {
  const { t } = useTranslation();
  const connections = useQuery({ ...connectionsQuery, retry: false });
  const { clusterConnectionId: only } = filter;
  const known = (connections.data ?? []).filter(({ id }) => only === undefined || id === only);
  const all = useQuery(totalQuery(filter));
  const counts = useQueries({
    queries: known.map(({ id }) => totalQuery({ ...filter, clusterConnectionId: id })),
  });
  const missing = [connections, all, ...counts].filter(({ data }) => data === undefined);
  const failed = missing.filter(({ error }) => error !== null);
  if (failed[0] !== undefined) {
    const again = () => failed.map(({ refetch }) => refetch());
    return <FailurePanel failure={failed[0].error} onRetry={again} />;
  }
  if (missing.length > 0) return <Waiting />;
  const groups = known.map(
    ({ id, name, url }, index): Group => ({ id, name: name ?? url, count: counts[index]?.data ?? null }),
  );
  const rest = (all.data ?? 0) - groups.reduce((sum, { count }) => sum + (count ?? 0), 0);
  const shown = sorted(groups).filter(({ count }) => count !== 0);
  const others = { id: null, name: t('leaseList.otherClusters'), count: rest };
  return <Groups by="cluster" search={search} groups={rest > 0 ? [...shown, others] : shown} />;
}

function Groups({ by, search, groups }: { by: Grouping; search: LeaseSearch; groups: Group[] }) {
  const { t } = useTranslation();
  return (
    <DataTable
      label={t(`leaseList.groups.${by}`)}
      columns={[
        { key: 'group', header: t(`leaseList.groups.${by}`), cell: name },
        {
          key: 'count',
          header: t('leases.title'),
          cell: ({ count }) => <span translate="no">{count ?? '–'}</span>,
        },
      ]}
      rows={groups}
      rowKey={({ id, name }) => id ?? name}
    />
  );

  function name({ id, name }: Group) {
    // Who has no id has a name; clusters that cannot be told apart are called so by us.
    if (id === null) return <span translate={by === 'cluster' ? 'yes' : 'no'}>{name}</span>;
    return (
      <Link to="/leases" search={withPart(without(search, 'group'), by, id)} translate="no">
        {name}
      </Link>
    );
  }
}
