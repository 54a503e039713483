import type { QueryClient } from '@tanstack/react-query';
import { projectsQuery } from '../projects/queries.ts';
import { meQuery } from '../session/queries.ts';
import { type Filter, filterOf } from './filter.ts';
import { historyQuery } from './history.ts';
import { leaseSearch } from './search.ts';

/** Asks for the first page of what an address names, while its page is loaded. */
export async function prefetch(client: QueryClient, search: Record<string, unknown>): Promise<void> {
  const [projects, me] = await Promise.all([
    client.ensureQueryData(projectsQuery),
    client.ensureQueryData(meQuery),
  ]);
  await prefetchOf(client, filterOf(leaseSearch(search), me.user.id, projects));
}

/** The same of a filter that is known. */
export function prefetchOf(client: QueryClient, filter: Filter): Promise<void> {
  return client.prefetchInfiniteQuery(historyQuery(filter));
}
