import { expect, test } from 'vitest';
import type { DynamicSecret } from '../../api/schema.ts';
import { changesFor, type Draft, draftOf, EMPTY, inputsOf } from './draft.ts';

const draft = (facts: Partial<Draft>): Draft => ({ ...EMPTY, namespace: 'team-a', ...facts });

test('a saved connection is sent without address and token', () => {
  const inputs = inputsOf(
    draft({ connectionId: 'c-1', url: 'https://k8s', clusterToken: 't', serviceAccountName: 'bot' }),
  );
  expect(inputs).toEqual({
    credentialType: 'static',
    authMethod: 'api',
    namespace: 'team-a',
    audiences: [],
    clusterConnectionId: 'c-1',
    serviceAccountName: 'bot',
  });
});

test('a CA counts only with SSL enabled', () => {
  expect(inputsOf(draft({ url: 'https://k8s', ca: 'PEM', sslEnabled: false }))).not.toHaveProperty('ca');
  expect(inputsOf(draft({ url: 'https://k8s', ca: 'PEM', sslEnabled: true }))).toHaveProperty('ca', 'PEM');
});

test('a role in a namespace says nothing of its reach', () => {
  const facts = { credentialType: 'dynamic', role: 'reader' } as const;
  expect(inputsOf(draft(facts))).not.toHaveProperty('bindingScope');
  expect(inputsOf(draft({ ...facts, roleType: 'cluster-role' }))).toHaveProperty('bindingScope', 'namespace');
});

test('what is left as it was is not sent', () => {
  const secret = {
    name: 'bot',
    defaultTTL: '1h',
    inputs: { credentialType: 'static', url: 'https://k8s', namespace: 'a', serviceAccountName: 'bot' },
  } as DynamicSecret;
  const before = draftOf(secret);
  expect(changesFor(before, before)).toEqual({});
  expect(changesFor(before, { ...before, namespace: 'b', clusterToken: 't', name: ' other ' })).toEqual({
    inputs: { namespace: 'b', clusterToken: 't' },
    newName: 'other',
  });
});

test('a CA that is there is used and copied, whatever else is said of TLS', () => {
  const inputs = { credentialType: 'static', url: 'https://k8s', ca: 'PEM', sslEnabled: false };
  const secret = { name: 'bot', defaultTTL: '1h', inputs } as DynamicSecret;
  expect(inputsOf(draftOf(secret))).toMatchObject({ sslEnabled: true, ca: 'PEM' });
  expect(changesFor(draftOf(secret), draftOf(secret))).toEqual({});
});

test('a ClusterRole of which the server names no scope is one for the whole cluster', () => {
  const inputs = { credentialType: 'dynamic', roleType: 'cluster-role', role: 'view', namespace: 'a' };
  const secret = { name: 'bot', defaultTTL: '1h', inputs } as DynamicSecret;
  expect(draftOf(secret).bindingScope).toBe('cluster');
  const narrow = { ...secret, inputs: { ...inputs, bindingScope: 'namespace' } } as DynamicSecret;
  expect(draftOf(narrow).bindingScope).toBe('namespace');
});
