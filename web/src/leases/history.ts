import { infiniteQueryOptions, keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useCallback, useEffect } from 'react';
import { api, body } from '../api/client.ts';
import type { Lease } from '../api/schema.ts';

export const STATES = ['active', 'ending', 'closed', 'ended'] as const;

/** As many as the server gives at once. */
const PAGE = 100;

/** All leases of a project, newest first, a page at a time. */
export const historyQuery = (projectSlug: string, state: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ['leases', projectSlug, 'history', state],
    queryFn: ({ pageParam, signal }) => ask(projectSlug, state, pageParam, signal),
    initialPageParam: '',
    getNextPageParam: page => page.nextCursor ?? undefined,
  });

function ask(projectSlug: string, state: string | undefined, cursor: string, signal: AbortSignal) {
  const query = {
    projectSlug,
    limit: PAGE,
    ...(state === undefined ? {} : { state }),
    ...(cursor === '' ? {} : { cursor }),
  };
  return body(api.GET('/api/v1/leases', { params: { query }, signal }));
}

export interface History {
  leases: Lease[];
  /** Whether these are all there are. */
  isWhole: boolean;
  query: ReturnType<typeof useInfiniteQuery<Awaited<ReturnType<typeof ask>>>>;
  more: () => void;
}

/** What has been read of the history, kept up to date at its newest end. With `isAllWanted` the rest is read, too. */
export function useHistory(projectSlug: string, state: string | undefined, isAllWanted: boolean): History {
  const query = useInfiniteQuery({ ...historyQuery(projectSlug, state), placeholderData: keepPreviousData });
  const { data, hasNextPage, isFetching, fetchNextPage } = query;
  const newest = useQuery({
    queryKey: ['leases', projectSlug, 'newest', state],
    queryFn: ({ signal }) => ask(projectSlug, state, '', signal),
    enabled: (data?.pages.length ?? 0) > 1,
  });
  const more = useCallback(() => {
    if (hasNextPage && !isFetching) void fetchNextPage();
  }, [hasNextPage, isFetching, fetchNextPage]);
  useEffect(() => {
    if (isAllWanted) more();
  }, [isAllWanted, more]);
  const pages = [...(data?.pages ?? []), ...(newest.data === undefined ? [] : [newest.data])];
  const byId = new Map(pages.flatMap(page => page.leases).map(lease => [lease.id, lease]));
  return {
    leases: [...byId.values()].sort((a, b) => b.createdAt.localeCompare(a.createdAt)),
    isWhole: !hasNextPage,
    query: query as History['query'],
    more,
  };
}
