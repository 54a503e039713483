import { expect, test } from 'vitest';
import type { LoggedEvent } from '../api/schema.ts';
import { commandsFor, courseOf } from './course.ts';

const event = (minute: number, kind: string, outcome: string, metadata: object) =>
  ({ id: `e-${minute}`, createdAt: `2026-01-01T12:0${minute}:00Z`, kind, outcome, metadata }) as LoggedEvent;
const OBJECT = 'ServiceAccount team-a/mayfly-7f3a';
const ISSUED = event(0, 'create-dynamic-secret-lease', 'success', {
  tokenSecondsAsked: 3600,
  tokenSecondsGranted: 1800,
});
const DELAYED = event(1, 'delay-dynamic-secret-lease-clean-up', 'failure', {
  why: 'refused',
  left: [OBJECT],
});
const CLEANED = event(2, 'clean-up-dynamic-secret-lease', 'success', { removed: [OBJECT], absent: [] });

test('a lease that runs has lifetimes and no try', () => {
  expect(courseOf([ISSUED])).toEqual({ asked: 3600, granted: 1800, attempts: [], left: [], gone: [] });
});

test('what the last try left is there still', () => {
  const { attempts, left } = courseOf([ISSUED, DELAYED]);
  expect(attempts).toMatchObject([{ isDone: false, why: 'refused' }]);
  expect(left).toEqual([OBJECT]);
});

test('what was removed at last is left no more, whatever order the events come in', () => {
  const { attempts, left, gone } = courseOf([CLEANED, ISSUED, DELAYED]);
  expect(attempts.map(({ isDone }) => isDone)).toEqual([true, false]);
  expect(left).toEqual([]);
  expect(gone).toEqual([OBJECT]);
});

test('what is left can be removed by hand, in a namespace or in the cluster', () => {
  expect(commandsFor([OBJECT, 'ClusterRoleBinding mayfly-7f3a'])).toBe(
    [
      'kubectl --namespace team-a delete serviceaccount mayfly-7f3a --ignore-not-found',
      'kubectl delete clusterrolebinding mayfly-7f3a --ignore-not-found',
    ].join('\n'),
  );
});
