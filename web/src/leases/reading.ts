import type { InfiniteData } from '@tanstack/react-query';
import type { Lease, LeaseHistory } from '../api/schema.ts';

/** A page, and when it was read, in milliseconds since 1970. */
export interface ReadPage extends LeaseHistory {
  readAt: number;
}

/** What has been read of a list, newest first. Each page but the first goes on below the id that its parameter is. */
export type Reading = InfiniteData<ReadPage>;

/**
 * What was read, with an answer of now in the place of its part: what begins below `below`, or at the newest without it, and goes
 * as far as the answer does. What that leaves out does not fit any more.
 */
export function withFresh(reading: Reading, below: string, answer: ReadPage): Reading {
  const { pages, pageParams } = reading;
  const read = pages.flatMap(page => page.leases);
  const last = answer.nextCursor == null ? '' : (answer.leases.at(-1)?.id ?? '');
  // So much is new that some of it may be in neither: the list begins anew.
  if (below === '' && last > (read[0]?.id ?? '')) return { pages: [answer], pageParams: [''] };
  const isTold = ({ id }: Lease) => (below === '' || id < below) && id >= last;
  const end = pages.at(-1)?.nextCursor ?? '';
  // What is further down than was read comes when it is scrolled to.
  const fresh = answer.leases.filter(({ id }) => id >= end);
  const all = [...read.filter(lease => !isTold(lease)), ...fresh].sort((a, b) => (a.id < b.id ? 1 : -1));
  return {
    pageParams,
    pages: pages.map((page, index) => ({
      ...page,
      total: answer.total ?? null,
      leases: all.filter(({ id }) => pageOf(pageParams, id) === index),
    })),
  };
}

/** Which page a lease is on. */
export function pageOf(pageParams: unknown[], id: string): number {
  return pageParams.findLastIndex(below => below === '' || id < String(below));
}
