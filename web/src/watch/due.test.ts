import { expect, test } from 'vitest';
import type { Lease } from '../api/schema.ts';
import { endingSoon, sessionEnd } from './due.ts';

const NOW = Date.parse('2026-05-01T12:00:00Z');
const at = (minutes: number) => new Date(NOW + minutes * 60_000).toISOString();
const lease = (id: string, from: number, to: number) =>
  ({ id, createdAt: at(from), expireAt: at(to) }) as Lease;

test('a lease is told of in its last ten minutes, unless it never had more', () => {
  const leases = [
    lease('long', -60, 9),
    lease('later', -60, 11),
    lease('over', -60, -1),
    lease('short', -1, 9),
  ];
  expect(endingSoon(leases, NOW).map(({ id }) => id)).toEqual(['long']);
});

test('a session ends when nobody used it, a minute early to be safe, and at its last moment in any case', () => {
  const session = { lastUsedAt: at(-5), endsAt: at(25), expiresAt: at(600) };
  expect(sessionEnd(session, NOW, 0)).toEqual({ at: NOW + 29 * 60_000, isForGood: false });
  expect(sessionEnd(session, NOW, 20 * 60_000).at).toBe(NOW + 9 * 60_000);
  expect(sessionEnd({ ...session, expiresAt: at(7) }, NOW, 0)).toEqual({
    at: NOW + 7 * 60_000,
    isForGood: true,
  });
});
