import { expect, test } from 'vitest';
import type { ClusterConnection } from '../api/schema.ts';
import { changesOf, draftOf, EMPTY, requestOf } from './draft.ts';

const connection = {
  name: 'eu-1',
  url: 'https://k8s',
  ca: 'PEM',
  sharedWith: 'all',
  renewsToken: true,
  limits: { maxTTL: '8h', bindingShapes: ['role'], wholeCluster: false },
} as ClusterConnection;

test('what is left as it was is not sent', () => {
  expect(changesOf(connection, draftOf(connection))).toEqual({});
});

test('a new token is sent alone, and a CA is taken away by emptying it', () => {
  expect(changesOf(connection, { ...draftOf(connection), clusterToken: ' t ' })).toEqual({
    clusterToken: 't',
  });
  expect(changesOf(connection, { ...draftOf(connection), ca: ' ' })).toEqual({ ca: null });
});

test('limits that this form does not know stay', () => {
  const { limits } = changesOf(connection, { ...draftOf(connection), wholeCluster: true });
  expect(limits).toMatchObject({ wholeCluster: true, maxTTL: '8h', bindingShapes: ['role'] });
});

test('a new connection shares with named projects only with their names', () => {
  const draft = { ...EMPTY, name: ' eu ', url: 'https://k8s', clusterToken: 't', projectIds: ['p'] };
  expect(requestOf(draft)).toMatchObject({ name: 'eu', sharedWith: 'named', projectIds: ['p'] });
  expect(requestOf({ ...draft, sharedWith: 'all' })).not.toHaveProperty('projectIds');
});
