import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client.ts';

/** One lease, whatever became of it. */
export const leaseQuery = (projectSlug: string, leaseId: string) =>
  queryOptions({
    queryKey: ['leases', projectSlug, 'one', leaseId],
    queryFn: async ({ signal }) => {
      const params = { path: { leaseId }, query: { projectSlug } };
      return (await body(api.GET('/api/v1/leases/{leaseId}', { params, signal }))).lease;
    },
  });

/** What its token did, where the cluster sends its audit log. */
export const requestsOfLeaseQuery = (projectSlug: string, leaseId: string) =>
  infiniteQueryOptions({
    queryKey: ['lease-requests', projectSlug, leaseId],
    queryFn: ({ pageParam, signal }) => {
      const query = { projectSlug, limit: 50, ...(pageParam === '' ? {} : { cursor: pageParam }) };
      return body(
        api.GET('/api/v1/leases/{leaseId}/requests', { params: { path: { leaseId }, query }, signal }),
      );
    },
    initialPageParam: '',
    getNextPageParam: page => page.nextCursor ?? undefined,
  });
