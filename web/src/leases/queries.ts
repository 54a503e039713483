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

/** The live leases of one dynamic secret, all of them. */
export const liveOfSecretQuery = (place: Place, name: string) =>
  queryOptions({
    queryKey: ['leases', place.projectSlug, 'live', place.environmentSlug, place.path, name],
    queryFn: async ({ signal }) => {
      const params = { path: { name }, query: place };
      return (await body(api.GET('/api/v1/dynamic-secrets/{name}/leases', { params, signal }))).leases;
    },
  });
