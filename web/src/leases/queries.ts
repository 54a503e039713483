import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client.ts';
import { everyPage } from '../api/every-page.ts';
import type { Lease } from '../api/schema.ts';

/** As many as the server gives at once. */
const PAGE = 100;
/** Each change asks for them again. */
const MOST_PAGES = 10;

/** The live leases of a project, for counts: the newest thousand, and whether these are all. */
export const liveLeasesQuery = (projectSlug: string) =>
  queryOptions({
    queryKey: ['leases', projectSlug, 'active'],
    queryFn: async ({ signal }) => {
      const pages = await everyPage(cursor => {
        const query = { projectSlug, state: 'active', limit: PAGE, ...(cursor && { cursor }) };
        return body(api.GET('/api/v1/leases', { params: { query }, signal }));
      }, MOST_PAGES);
      return { leases: pages.flatMap(page => page.leases), isWhole: pages.at(-1)?.nextCursor == null };
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
