import { expect, test } from 'vitest';
import type { Lease } from '../api/schema.ts';
import { canEnd, standingOf } from './standing.ts';

const NOW = Date.parse('2026-01-01T12:00:00Z');
const at = (minutes: number) => new Date(NOW + minutes * 60_000).toISOString();
const lease = (facts: Partial<Lease>) => ({ state: 'active', expireAt: at(30), ...facts }) as Lease;

test.each<[Partial<Lease>, string]>([
  [{ state: 'reserved' }, 'issuing'],
  [{}, 'active'],
  [{ expireAt: at(4) }, 'soon'],
  [{ expireAt: at(0) }, 'expired'],
  [{ expireAt: at(0), endsWhen: 'deleted', tokenExpiresAt: at(9) }, 'revoking'],
  [{ expireAt: at(-1), endsWhen: 'deleted', tokenExpiresAt: at(0) }, 'expired'],
  [{ state: 'closed', tokenExpiresAt: at(6) }, 'livesOn'],
  [{ state: 'closed', tokenExpiresAt: at(-1) }, 'expired'],
  [{ state: 'ending' }, 'revoking'],
  [{ state: 'ending', status: 'Failed to delete' }, 'failing'],
  [{ state: 'ended', outcome: 'revoked' }, 'revoked'],
  [{ state: 'ended', outcome: 'expired' }, 'expired'],
  [{ state: 'ended', outcome: 'forgotten' }, 'forgotten'],
  [{ state: 'ended', outcome: 'never_issued' }, 'neverIssued'],
  [{ state: 'ended', outcome: 'possibly_issued' }, 'possiblyIssued'],
])('%o reads as %s', (facts, standing) => {
  expect(standingOf(lease(facts), NOW)).toBe(standing);
});

test('only what is live can be ended', () => {
  expect(canEnd(lease({}), NOW)).toBe(true);
  expect(canEnd(lease({ expireAt: at(-1) }), NOW)).toBe(false);
  expect(canEnd(lease({ state: 'ending' }), NOW)).toBe(false);
});
