import type { Lease } from '../api/schema.ts';
import { serverNow } from '../time/server-clock.ts';

/** What is known of a query's answers. */
interface Asked {
  fetchStatus: string;
  dataUpdatedAt: number;
  errorUpdatedAt: number;
}

/** After the server meant to try again, so that it has. */
const LATER = 1000;
/** Between two answers, at first and at most: a try takes a while, and may be late. */
const SHORTEST = 2000;
const LONGEST = 30_000;
/** A page that is drawn again and again must not put the asking off for ever. */
const LEAST = 500;

/**
 * In how many milliseconds these leases are asked for again without being told of a change. The stream tells of the first try to
 * remove what was made for a lease that fails, and of its end: how many followed and when the next one is only an answer says.
 */
export function untilNextTry(leases: Lease[], asked: Asked): number | false {
  const tries = leases.flatMap(({ state, nextAttemptAt }) =>
    state === 'ending' && nextAttemptAt != null ? [Date.parse(nextAttemptAt)] : [],
  );
  if (tries.length === 0 || asked.fetchStatus === 'fetching') return false;
  const now = Date.now();
  const next = Math.min(...tries) - (serverNow() - now);
  const last = Math.max(asked.dataUpdatedAt, asked.errorUpdatedAt);
  const pause = Math.min(Math.max(last - next, SHORTEST), LONGEST);
  return Math.max(next + LATER - now, last + pause - now, LEAST);
}
