import type { Sweep } from '../api/schema.ts';

/** Whether all that carries the label was seen and could be told: what was not may be without a lease. */
export function isWhole({ young, unsealed, unseen }: Sweep): boolean {
  return young === 0 && unsealed.length === 0 && unseen.length === 0;
}
