import { expect, test } from 'vitest';
import type { Lease } from '../api/schema.ts';
import { type Narrowing, narrowed } from './narrow.ts';

const NOW = Date.parse('2026-01-01T12:00:00Z');
const lease = (id: string, holder: string, reason: string, minutes: number, state = 'active') =>
  ({
    id,
    holder: { type: 'user', id: holder, name: `${holder}@example.com` },
    reason,
    namespace: 'team-a',
    serviceAccountName: 'deployer',
    state,
    expireAt: new Date(NOW + minutes * 60_000).toISOString(),
  }) as Lease;
const ALL = [
  lease('1', 'ana', 'INC-4411', 30),
  lease('2', 'ben', 'rollout', 90),
  lease('3', 'ben', 'INC-9', 30, 'closed'),
];

test.each<[Narrowing, string[]]>([
  [{}, ['1', '2', '3']],
  [{ q: 'inc ana' }, ['1']],
  [{ q: 'NIGHT' }, ['2']],
  [{ who: 'me' }, ['2', '3']],
  [{ ends: 'soon' }, ['1']],
  [{ who: 'me', ends: 'soon' }, []],
])('%o leaves %o', (narrowing, ids) => {
  const name = (one: Lease) => (one.id === '2' ? 'night-job' : 'deploy-bot');
  expect(narrowed(ALL, narrowing, 'ben', NOW, name).map(({ id }) => id)).toEqual(ids);
});
