import type { Lease } from '../api/schema.ts';

/** How long before its end a lease is told of. */
export const AHEAD = 10 * 60_000;

/** Leases that end within that time and were longer than that: a shorter one is no news to whoever asked for it. */
export function endingSoon(leases: Lease[], now: number): Lease[] {
  return leases.filter(({ expireAt, createdAt }) => {
    const left = Date.parse(expireAt) - now;
    return left > 0 && left <= AHEAD && Date.parse(expireAt) - Date.parse(createdAt) > AHEAD;
  });
}

/** When the current session ends unless it is used. What the server last heard of it may be a minute old. */
export function sessionEnd(
  session: { endsAt: string; lastUsedAt: string; expiresAt: string },
  now: number,
  sinceUse: number,
): { at: number; isForGood: boolean } {
  const idle = Date.parse(session.endsAt) - Date.parse(session.lastUsedAt);
  const unused = now - sinceUse + idle - 60_000;
  const last = Date.parse(session.expiresAt);
  return { at: Math.min(unused, last), isForGood: last <= unused };
}
