import type { Query, QueryClient } from '@tanstack/react-query';
import { meQuery } from '../session/queries.ts';
import { isChanging } from './families.ts';

/** Asks anew for all that a change could have made old, and whether one is signed in; says whether all of it was answered. */
export async function askAll(client: QueryClient): Promise<boolean> {
  const me = client.invalidateQueries({ queryKey: meQuery.queryKey });
  await Promise.all([me, makeOld(client, isChanging)]);
  const active = client.getQueryCache().findAll({ type: 'active', predicate: isChanging });
  return active.every(({ state }) => state.error === null);
}

/**
 * Makes queries old, and asks again for those on the page. The library takes a first answer that is still on its way for a
 * new one; it may tell of the time before, so that such a query is made old once more when its answer is there.
 */
export async function makeOld(client: QueryClient, isOld: (query: Query) => boolean): Promise<void> {
  const first = client
    .getQueryCache()
    .findAll({ predicate: isOld, fetchStatus: 'fetching' })
    .filter(({ state }) => state.data === undefined);
  await client.invalidateQueries({ predicate: isOld });
  if (first.length === 0) return;
  await Promise.allSettled(first.map(({ promise }) => promise));
  await client.invalidateQueries({ predicate: query => first.includes(query) });
}
