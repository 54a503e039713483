import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client.ts';
import type { Lease } from '../api/schema.ts';

/** As many as the server gives at once. */
const PAGE = 100;

/** The newest live leases of a project, for counts. */
export const liveLeasesQuery = (projectSlug: string) =>
  queryOptions({
    queryKey: ['leases', projectSlug, 'active'],
    queryFn: ({ signal }) => {
      const query = { projectSlug, state: 'active', limit: PAGE };
      return body(api.GET('/api/v1/leases', { params: { query }, signal }));
    },
  });

/** Where a dynamic secret lies: what the server wants to hear beside its name. */
export interface Place {
  projectSlug: string;
  environmentSlug: string;
  path: string;
}

/** Where a lease's dynamic secret lay when it was issued. */
export function placeOf({ environmentSlug, path }: Lease, projectSlug: string): Place {
  return { projectSlug, environmentSlug: environmentSlug ?? '', path: path ?? '/' };
}

/** The leases of one dynamic secret: all that are live, and of the others the newest. */
export const secretLeasesQuery = (place: Place, name: string, secretId: string) =>
  queryOptions({
    queryKey: ['leases', place.projectSlug, place.environmentSlug, place.path, name],
    queryFn: async ({ signal }): Promise<Lease[]> => {
      const [live, newest] = await Promise.all([
        body(
          api.GET('/api/v1/dynamic-secrets/{name}/leases', {
            params: { path: { name }, query: place },
            signal,
          }),
        ),
        body(
          api.GET('/api/v1/leases', {
            params: {
              query: { projectSlug: place.projectSlug, dynamicSecretId: secretId, limit: PAGE },
            },
            signal,
          }),
        ),
      ]);
      const byId = new Map([...newest.leases, ...live.leases].map(lease => [lease.id, lease]));
      return [...byId.values()].sort((a, b) => b.createdAt.localeCompare(a.createdAt));
    },
  });
