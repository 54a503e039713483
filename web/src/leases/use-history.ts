import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Lease } from '../api/schema.ts';
import type { Filter } from './filter.ts';
import { freshQuery, historyQuery, MOST_COUNTED, PAGE } from './history.ts';
import { untilNextTry } from './next-try.ts';
import { pageOf } from './reading.ts';

/** How far one scrolls until other leases are kept up to date; one answer holds twice as many. */
const STEP = 50;

export interface History {
  leases: Lease[];
  /** How many there are on all pages; null where the server does not count them. */
  total: number | null;
  /** Whether all of them were read. */
  isWhole: boolean;
  query: ReturnType<typeof useHistoryQuery>;
  more: () => void;
  /** Told which of them is the first in view: from there on they are kept up to date. */
  look: (first: number) => void;
}

/**
 * What has been read of the history. A change asks again for the part in view, however much was read, and so does the next try to
 * remove what was made for a lease there; the rest is asked for when it comes into view. With `isAllWanted` what was not read yet is read, too.
 */
export function useHistory(filter: Filter, isAllWanted = false): History {
  const query = useHistoryQuery(filter);
  const { data, hasNextPage, isFetchingNextPage, isPlaceholderData, fetchNextPage } = query;
  const leases = data?.pages.flatMap(page => page.leases) ?? [];
  const [below, setBelow] = useState('');
  const readAt = data?.pages[Math.max(0, pageOf(data.pageParams, below))]?.readAt ?? 0;
  const inView = leases.filter(({ id }) => below === '' || id < below).slice(0, PAGE);
  useQuery({
    ...freshQuery(filter, below, readAt),
    enabled: data !== undefined && !isPlaceholderData,
    refetchInterval: ({ state }) => untilNextTry(inView, state),
  });
  const latest = useRef(leases);
  latest.current = leases;
  const look = useCallback((first: number) => {
    const from = Math.floor(first / STEP) * STEP;
    setBelow(latest.current[from - 1]?.id ?? '');
  }, []);
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const isWanted = isAllWanted && leases.length < MOST_COUNTED;
  useEffect(() => {
    if (isWanted) more();
  }, [isWanted, more]);
  return { leases, total: data?.pages[0]?.total ?? null, isWhole: !hasNextPage, query, more, look };
}

function useHistoryQuery(filter: Filter) {
  return useInfiniteQuery({ ...historyQuery(filter), placeholderData: keepPreviousData });
}
