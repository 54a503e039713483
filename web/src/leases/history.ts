import { infiniteQueryOptions, type QueryClient, queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client.ts';
import { everyPage } from '../api/every-page.ts';
import type { Lease, LeaseHistory } from '../api/schema.ts';
import { parseDuration } from '../time/duration.ts';
import { serverNow } from '../time/server-clock.ts';
import type { Filter } from './filter.ts';
import { type ReadPage, withFresh } from './reading.ts';

/** As many as the server gives at once. */
export const PAGE = 100;
/** The server counts no further. */
export const MOST_COUNTED = 10_000;

/** What hears of changes in one project, or in all of them. */
const keyOf = (filter: Filter, what: string) => ['leases', filter.projectSlug ?? '*', what, filter];

/**
 * Leases that fit, newest first, a page at a time. No change asks for all these pages again: what is in view is asked for by
 * `freshQuery` and put into them.
 */
export const historyQuery = (filter: Filter) =>
  infiniteQueryOptions({
    queryKey: ['lease-history', filter],
    queryFn: ({ pageParam, signal }) => read(filter, pageParam, signal),
    initialPageParam: '',
    getNextPageParam: page => page.nextCursor ?? undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Asks anew for the part of a history that begins below an id, or at the newest, and puts it in its place. */
export const freshQuery = (filter: Filter, below: string, readAt: number) =>
  queryOptions({
    queryKey: [...keyOf(filter, 'in-view'), below],
    queryFn: async ({ client, signal }): Promise<null> => {
      const answer = await read(filter, below, signal);
      await put(client, filter, below, answer);
      return null;
    },
    // The part is there already, as old as the page that it is on.
    initialData: null,
    initialDataUpdatedAt: readAt,
  });

async function put(client: QueryClient, filter: Filter, below: string, answer: ReadPage): Promise<void> {
  const { queryKey } = historyQuery(filter);
  // A page on its way is put to those that were there when it was asked for.
  await client
    .getQueryCache()
    .find({ queryKey })
    ?.promise?.catch(() => undefined);
  client.setQueryData(queryKey, reading => reading && withFresh(reading, below, answer));
}

/** How many fit, as the server counts them; null where it does not. */
export const totalQuery = (filter: Filter) =>
  queryOptions({
    queryKey: keyOf(filter, 'total'),
    queryFn: async ({ signal }) => (await ask(filter, '', signal, 1)).total ?? null,
  });

async function read(filter: Filter, cursor: string, signal: AbortSignal): Promise<ReadPage> {
  return { ...(await ask(filter, cursor, signal)), readAt: Date.now() };
}

function ask(
  { endsWithin, ...rest }: Filter,
  cursor: string,
  signal?: AbortSignal,
  limit = PAGE,
): Promise<LeaseHistory> {
  const within = endsWithin === undefined ? null : parseDuration(endsWithin);
  const query = {
    ...rest,
    limit,
    ...(within === null ? {} : { endsBy: new Date(serverNow() + within * 1000).toISOString() }),
    ...(cursor === '' ? {} : { cursor }),
  };
  return body(api.GET('/api/v1/leases', { params: { query }, ...(signal && { signal }) }));
}

/** Every lease that fits, whether it was scrolled to or not. */
export async function readAll(filter: Filter): Promise<Lease[]> {
  const pages = await everyPage(cursor => ask(filter, cursor ?? ''));
  return pages.flatMap(page => page.leases);
}
