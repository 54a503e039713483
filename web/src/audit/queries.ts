import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client.ts';

/** What narrows the log down; the same names as in the address and in the API. */
export interface Filter {
  projectId?: string;
  kind?: string;
  outcome?: string;
  actor?: string;
  leaseId?: string;
  connectionId?: string;
  /** Events about a dynamic secret and its leases. */
  dynamicSecretId?: string;
  /** Events about a gateway. */
  gatewayId?: string;
  from?: string;
  to?: string;
}

/** Whether the same is looked for, from another time on. */
export function differInBeginOnly(one: Filter | undefined, other: Filter): boolean {
  const rest = ({ from: _, ...filter }: Filter) => JSON.stringify(Object.entries(filter).sort());
  return one !== undefined && rest(one) === rest(other);
}

export const eventsQuery = (filter: Filter) =>
  infiniteQueryOptions({
    queryKey: ['audit', filter],
    queryFn: ({ pageParam, signal }) => {
      const query = { ...filter, limit: 50, ...(pageParam === '' ? {} : { cursor: pageParam }) };
      return body(api.GET('/api/v1/audit-events', { params: { query }, signal }));
    },
    initialPageParam: '',
    getNextPageParam: page => page.nextCursor ?? undefined,
    // Events stay as they are: nobody who comes back to a long list waits for all its pages.
    refetchOnWindowFocus: ({ state }) => (state.data?.pages.length ?? 0) <= 1,
  });

export const facetsQuery = (filter: Filter) =>
  queryOptions({
    queryKey: ['audit', 'facets', filter],
    queryFn: ({ signal }) =>
      body(api.GET('/api/v1/audit-events/facets', { params: { query: { ...filter } }, signal })),
  });

/** Where exactly these events can be downloaded. */
export function exportAddress(filter: Filter, format: 'csv' | 'ndjson'): string {
  return `/api/v1/audit-events/export?${new URLSearchParams({ ...filter, format })}`;
}

/** Where these events can be watched as they happen. A span of time has no say in that. */
export function liveAddress({ from: _, to: __, ...filter }: Filter): string {
  return `/api/v1/audit-events/live?${new URLSearchParams({ ...filter })}`;
}

/** One event: of a project, or without one of the organization, which only its administrators may ask. */
export const eventQuery = (eventId: string, projectId: string | undefined) =>
  queryOptions({
    queryKey: ['audit', 'event', eventId, projectId],
    queryFn: async ({ signal }) => {
      const params = { path: { eventId }, query: projectId === undefined ? {} : { projectId } };
      return (await body(api.GET('/api/v1/audit-events/{eventId}', { params, signal }))).event;
    },
  });
