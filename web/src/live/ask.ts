import type { Query, QueryClient } from '@tanstack/react-query';
import { asApiError } from '../api/problem.ts';
import { meQuery } from '../session/queries.ts';
import { isChanging } from './families.ts';

type IsMeant = (query: Query) => boolean;

/** Asks anew for all that a change could have made old, and whether one is signed in; says whether all of it was answered. */
export async function askAll(client: QueryClient): Promise<boolean> {
  const me = client.invalidateQueries({ queryKey: meQuery.queryKey });
  await Promise.all([me, makeOld(client, isChanging)]);
  return isAnswered(client);
}

/** Whether all that is on the page, or what is meant of it, was answered when it was asked for last. */
export function isAnswered(client: QueryClient, isMeant: IsMeant = isChanging): boolean {
  const active = client.getQueryCache().findAll({ type: 'active', predicate: isMeant });
  return active.every(({ state: { error } }) => error === null || isRefusal(error));
}

/** A refusal is as good an answer as any, because not everything on a page is for everybody; one of too many requests is none. */
function isRefusal(error: Error): boolean {
  const { status } = asApiError(error);
  return status >= 400 && status < 500 && status !== 429;
}

/**
 * Makes queries old, and asks again for those on the page. The library takes a first answer that is still on its way for a
 * new one; it may tell of the time before, so that such a query is made old once more when its answer is there.
 */
export async function makeOld(client: QueryClient, isOld: IsMeant): Promise<void> {
  const first = client
    .getQueryCache()
    .findAll({ predicate: isOld, fetchStatus: 'fetching' })
    .filter(({ state }) => state.data === undefined);
  await client.invalidateQueries({ predicate: isOld });
  if (first.length === 0) return;
  await Promise.allSettled(first.map(({ promise }) => promise));
  await client.invalidateQueries({ predicate: query => first.includes(query) });
}
