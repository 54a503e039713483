import { queryOptions, useQueries, useQuery } from '@tanstack/react-query';
import { api, body } from '../api/client.ts';
import type { Lease } from '../api/schema.ts';

/** The newest leases of a project, or of one dynamic secret in it. */
const newestQuery = (projectSlug: string, dynamicSecretId?: string) =>
  queryOptions({
    queryKey: ['leases', projectSlug, 'last', dynamicSecretId],
    queryFn: ({ signal }) => {
      const query = {
        projectSlug,
        ...(dynamicSecretId === undefined ? { limit: 100 } : { dynamicSecretId, limit: 1 }),
      };
      return body(api.GET('/api/v1/leases', { params: { query }, signal }));
    },
  });

/** Of each dynamic secret, by id, its newest lease that the caller may see. Only what is older than the newest ones of all is asked for by itself. */
export function useLastIssued(projectSlug: string, ids: string[]): ReadonlyMap<string, Lease> {
  const newest = useQuery(newestQuery(projectSlug)).data;
  const isWhole = newest?.nextCursor == null;
  const known = new Map<string, Lease>();
  for (const lease of newest?.leases ?? [])
    if (!known.has(lease.dynamicSecretId)) known.set(lease.dynamicSecretId, lease);
  const older = newest === undefined || isWhole ? [] : ids.filter(id => !known.has(id));
  const asked = useQueries({ queries: older.map(id => newestQuery(projectSlug, id)) });
  asked.forEach(({ data }, index) => {
    const [lease] = data?.leases ?? [];
    const id = older[index];
    if (lease !== undefined && id !== undefined) known.set(id, lease);
  });
  return known;
}

/** Of several, the one that was issued last. */
export function lastOf(leases: (Lease | undefined)[]): Lease | undefined {
  return leases.reduce(
    (last, lease) =>
      lease !== undefined && (last === undefined || lease.createdAt > last.createdAt) ? lease : last,
    undefined,
  );
}
