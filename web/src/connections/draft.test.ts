import { expect, test } from 'vitest';
import type { ClusterConnection } from '../api/schema.ts';
import { changesOf, draftOf, EMPTY, isReachable, requestOf } from './draft.ts';

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

test('where a gateway does the work nothing of the cluster is sent; where it passes bytes on, all of it', () => {
  const typed = {
    ...EMPTY,
    name: 'eu',
    url: 'https://k8s',
    ca: 'PEM',
    clusterToken: 't',
    gatewayPoolId: 'p-1',
  };
  const sent = requestOf({ ...typed, authMethod: 'gateway' });
  expect(sent).toMatchObject({ authMethod: 'gateway', gatewayPoolId: 'p-1' });
  for (const field of ['url', 'ca', 'clusterToken', 'renewsToken', 'gatewayId'])
    expect(sent).not.toHaveProperty(field);
  expect(requestOf(typed)).toMatchObject({ gatewayPoolId: 'p-1', url: 'https://k8s', clusterToken: 't' });
  expect([isReachable({ ...EMPTY, authMethod: 'gateway' }), isReachable(typed)]).toEqual([false, true]);
});

test('another way is sent with what it takes, and an empty text for none', () => {
  const led = { ...connection, authMethod: 'api', gatewayId: 'g-1' } as ClusterConnection;
  const before = draftOf(led);
  expect(changesOf(led, { ...before, gatewayId: '', gatewayPoolId: 'p-1' })).toEqual({
    gatewayPoolId: 'p-1',
  });
  expect(changesOf(led, { ...before, gatewayId: '', clusterToken: 't' })).toEqual({
    gatewayId: '',
    clusterToken: 't',
  });
  expect(changesOf(led, { ...before, authMethod: 'gateway', clusterToken: 't' })).toEqual({
    authMethod: 'gateway',
  });
  const worked = { ...led, authMethod: 'gateway' } as ClusterConnection;
  const after = { ...draftOf(worked), authMethod: 'api' as const, url: 'https://k8s', clusterToken: 't' };
  expect(changesOf(worked, after)).toEqual({ authMethod: 'api', url: 'https://k8s', clusterToken: 't' });
});

test('a new connection shares with named projects only with their names', () => {
  const draft = { ...EMPTY, name: ' eu ', url: 'https://k8s', clusterToken: 't', projectIds: ['p'] };
  expect(requestOf(draft)).toMatchObject({ name: 'eu', sharedWith: 'named', projectIds: ['p'] });
  expect(requestOf({ ...draft, sharedWith: 'all' })).not.toHaveProperty('projectIds');
});
