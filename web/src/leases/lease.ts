import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client.ts';
import { ApiError } from '../api/problem.ts';
import type { Lease } from '../api/schema.ts';
import { eventsQuery } from '../audit/queries.ts';
import { untilNextTry } from './next-try.ts';

/** One lease, whatever became of it. Without its project it is found all the same. */
export const leaseQuery = (projectSlug: string | undefined, leaseId: string) =>
  queryOptions({
    queryKey: ['leases', projectSlug ?? '*', 'one', leaseId],
    queryFn: async ({ signal }): Promise<Lease> => {
      if (projectSlug === undefined) return anywhere(leaseId, signal);
      const params = { path: { leaseId }, query: { projectSlug } };
      return (await body(api.GET('/api/v1/leases/{leaseId}', { params, signal }))).lease;
    },
    refetchInterval: ({ state }) => untilNextTry(state.data === undefined ? [] : [state.data], state),
  });

/**
 * The server wants to hear the project with the id of a lease, and each wrong guess would be a refusal in the audit log. The
 * list goes over all projects: ids are ordered, and the newest lease before the next id is the one with this id.
 */
async function anywhere(leaseId: string, signal: AbortSignal): Promise<Lease> {
  const query = { cursor: nextId(leaseId), limit: 1 };
  const { leases } = await body(api.GET('/api/v1/leases', { params: { query }, signal }));
  const found = leases.find(({ id }) => id === leaseId.toLowerCase());
  if (found === undefined) throw new ApiError(404, { code: 'not_found', message: 'there is no such lease' });
  return found;
}

/** The id right after this one; what is no id stays what it is, for the server to refuse. */
export function nextId(id: string): string {
  const digits = id.replaceAll('-', '');
  if (!/^[0-9a-f]{32}$/i.test(digits)) return id;
  const next = (BigInt(`0x${digits}`) + 1n).toString(16).padStart(32, '0');
  return next.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** What happened to it, as the audit log has it: of the tries to remove what was made for it, the first that failed and the last. */
export const courseQuery = ({ id, projectId }: Lease, projectSlug: string) =>
  infiniteQueryOptions({
    ...eventsQuery({ projectId: projectId ?? '', leaseId: id }),
    queryKey: ['leases', projectSlug, 'course', id],
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
