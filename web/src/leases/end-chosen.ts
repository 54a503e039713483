import { asApiError } from '../api/problem.ts';
import type { Lease } from '../api/schema.ts';
import { endLease } from './end.ts';

/** A lease that is to end, and the slug of its project. */
export interface Chosen {
  lease: Lease;
  project: string;
}

/** What became of one. */
export type Ended = { lease: Lease; isRefused: false } | { lease: Lease; isRefused: true; why: string };

/** Why one is not ended, where the server has no words of its own that say so. */
interface Words {
  /** To the server, a lease of somebody else and none at all are the same. */
  notYours: string;
}

/** As many at a time as do not hold up what others ask of the server. */
const AT_ONCE = 4;

/** Ends them all, a few at a time, and tells of each as soon as it is done. One that is refused keeps none of the others. */
export async function endChosen(chosen: Chosen[], words: Words, tell: (ended: Ended) => void): Promise<void> {
  const waiting = [...chosen];
  async function work() {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) tell(await end(next, words));
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

async function end({ lease, project }: Chosen, words: Words): Promise<Ended> {
  try {
    return { lease: await endLease(lease, project), isRefused: false };
  } catch (failure) {
    const error = asApiError(failure);
    return { lease, isRefused: true, why: error.isNotFound ? words.notYours : error.message };
  }
}
