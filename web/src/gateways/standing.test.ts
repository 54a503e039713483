import { expect, test } from 'vitest';
import { policyOf } from './policy.ts';
import {
  closedAtAgeOf,
  instancesOf,
  proxiesOf,
  refusedOf,
  roundTripOf,
  skewOf,
  standingOf,
  toneOf,
} from './standing.ts';

const tunnel = (instance: string, roundTripMs: number | null) => ({
  instance,
  version: '1.0.0',
  health: roundTripMs === null ? 'suspect' : 'good',
  roundTripMs,
  running: 0,
});

test('tunnels are counted by their processes, and the shortest way is told', () => {
  const tunnels = [tunnel('pod-1', 12), tunnel('pod-1', null), tunnel('pod-2', 7)];
  expect([instancesOf({ tunnels }), roundTripOf({ tunnels })]).toEqual([2, 7]);
  expect(roundTripOf({ tunnels: [tunnel('pod-1', null)] })).toBeNull();
  expect(roundTripOf({ tunnels: [] })).toBeNull();
});

test('what processes say of themselves is told once for each', () => {
  const said = { refused: 3, proxy: 'http://edge:3128', closedAtAgeSeconds: 90 };
  const tunnels = [
    { ...tunnel('pod-1', 1), ...said },
    { ...tunnel('pod-1', 1), ...said, refused: 1 },
    { ...tunnel('pod-2', 1), ...said, refused: 2, closedAtAgeSeconds: 60 },
    tunnel('pod-3', 1),
  ];
  expect([proxiesOf({ tunnels }), closedAtAgeOf({ tunnels }), refusedOf({ tunnels })]).toEqual([
    ['http://edge:3128'],
    60,
    5,
  ]);
  const silent = { tunnels: [tunnel('pod-1', 1)] };
  expect([proxiesOf(silent), closedAtAgeOf(silent), refusedOf(silent)]).toEqual([[], null, null]);
});

test('other versions are told: of instances from each other first, and else from the server', () => {
  const tunnels = [tunnel('pod-1', 1), { ...tunnel('pod-2', 1), version: '1.1.0' }];
  expect(skewOf({ version: '1.0.0', tunnels }, '1.1.0')).toEqual({
    of: 'instances',
    versions: '1.0.0, 1.1.0',
  });
  expect(skewOf({ version: '1.0.0', tunnels: [] }, '1.1.0')).toEqual({ of: 'server', versions: '1.1.0' });
  expect(skewOf({ version: '1.0.0', tunnels: [tunnel('pod-1', 1)] }, '1.0.0')).toBeNull();
  expect([
    skewOf({ version: null, tunnels: [] }, '1.0.0'),
    skewOf({ version: '1.0.0', tunnels: [] }, undefined),
  ]).toEqual([null, null]);
});

test('a state of a newer server is told in its own word and looks like none of ours', () => {
  expect(standingOf({ state: 'offline' })).toBe('offline');
  expect(standingOf({ state: 'toString' })).toBeNull();
  expect(toneOf(standingOf({ state: 'resting' }))).toBe('plain');
  expect(toneOf('healthy')).toBe('good');
});

test('a policy of another version is read with nothing allowed that it does not tell', () => {
  expect(policyOf(null)).toBeNull();
  const policy = policyOf({ operations: ['probe'], dynamic: { namespaces: ['leases'] } });
  expect(policy?.dynamic).toEqual({ namespaces: ['leases'], roles: [], clusterWide: false, ownRules: false });
  expect(policy?.forward.enabled).toBe(false);
});
