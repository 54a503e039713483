import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client.ts';

/** As many as the server gives at once. */
const PAGE = 100;

/** The live leases of one cluster connection: the newest, and how many there are. */
export const liveOnQuery = (clusterConnectionId: string) =>
  queryOptions({
    queryKey: ['leases', '*', 'on', clusterConnectionId, 'active'],
    queryFn: async ({ signal }) => {
      const query = { clusterConnectionId, state: 'active', limit: PAGE };
      const page = await body(api.GET('/api/v1/leases', { params: { query }, signal }));
      // Whoever manages leases in some places only gets no total; then what was read is a lower bound.
      const isWhole = page.total != null || page.nextCursor == null;
      return { leases: page.leases, count: page.total ?? page.leases.length, isWhole };
    },
  });

/** The newest lease of it, whatever became of that. */
export const lastOnQuery = (clusterConnectionId: string) =>
  queryOptions({
    queryKey: ['leases', '*', 'on', clusterConnectionId, 'last'],
    queryFn: async ({ signal }) => {
      const query = { clusterConnectionId, limit: 1 };
      return (await body(api.GET('/api/v1/leases', { params: { query }, signal }))).leases[0] ?? null;
    },
  });
