import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useInfiniteQuery,
  useQuery,
} from '@tanstack/react-query';
import { useCallback, useEffect } from 'react';
import { api, body } from '../api/client.ts';
import { everyPage } from '../api/every-page.ts';
import type { Lease, LeaseHistory } from '../api/schema.ts';
import { parseDuration } from '../time/duration.ts';
import { serverNow } from '../time/server-clock.ts';
import type { Filter } from './filter.ts';

/** As many as the server gives at once. */
const PAGE = 100;
/** The server counts no further. */
export const MOST_COUNTED = 10_000;

/** What hears of changes in one project, or in all of them. */
const keyOf = (filter: Filter, what: string) => ['leases', filter.projectSlug ?? '*', what, filter];

/** Leases that fit, newest first, a page at a time. */
export const historyQuery = (filter: Filter) =>
  infiniteQueryOptions({
    queryKey: keyOf(filter, 'history'),
    queryFn: ({ pageParam, signal }) => ask(filter, pageParam, signal),
    initialPageParam: '',
    getNextPageParam: page => page.nextCursor ?? undefined,
  });

/** How many fit, as the server counts them; null where it does not. */
export const totalQuery = (filter: Filter) =>
  queryOptions({
    queryKey: keyOf(filter, 'total'),
    queryFn: async ({ signal }) => (await ask(filter, '', signal, 1)).total ?? null,
  });

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

export interface History {
  leases: Lease[];
  /** How many there are on all pages; null where the server does not count them. */
  total: number | null;
  /** Whether all of them were read. */
  isWhole: boolean;
  query: ReturnType<typeof useInfiniteQuery<LeaseHistory>>;
  more: () => void;
}

/** What has been read of the history, kept up to date at its newest end. With `isAllWanted` the rest is read, too. */
export function useHistory(filter: Filter, isAllWanted = false): History {
  const query = useInfiniteQuery({ ...historyQuery(filter), placeholderData: keepPreviousData });
  const { data, hasNextPage, isFetchingNextPage, isPlaceholderData, fetchNextPage } = query;
  const newest = useQuery({
    queryKey: keyOf(filter, 'newest'),
    queryFn: ({ signal }) => ask(filter, '', signal),
    enabled: (data?.pages.length ?? 0) > 1 && !isPlaceholderData,
  });
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const leases = joined(data?.pages ?? [], isPlaceholderData ? undefined : newest.data);
  const isWanted = isAllWanted && leases.length < MOST_COUNTED;
  useEffect(() => {
    if (isWanted) more();
  }, [isWanted, more]);
  return {
    leases,
    total: newest.data?.total ?? data?.pages[0]?.total ?? null,
    isWhole: !hasNextPage,
    query: query as History['query'],
    more,
  };
}

/** Pages as one list. What the newest answer reaches is told by it alone: what it leaves out does not fit any more. */
export function joined(pages: LeaseHistory[], newest: LeaseHistory | undefined): Lease[] {
  const read = pages.flatMap(page => page.leases);
  if (newest === undefined) return read;
  const last = newest.nextCursor == null ? '' : (newest.leases.at(-1)?.id ?? '');
  return [...newest.leases, ...read.filter(lease => lease.id < last)];
}
