import { expect, test } from 'vitest';
import type { DynamicSecret } from '../../api/schema.ts';
import { type Policy, policyOf } from '../../gateways/policy.ts';
import { changesFor, type Draft, draftOf, EMPTY, inputsOf } from './draft.ts';
import { allowedBy } from './use-allowed.ts';

function policyWith(shown: object): Policy {
  const policy = policyOf(shown);
  if (policy === null) throw new Error('a policy that was shown is one');
  return policy;
}

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

test('a gateway that does the work is sent without address, CA and token', () => {
  const typed = {
    url: 'https://k8s',
    ca: 'PEM',
    clusterToken: 't',
    serviceAccountName: 'bot',
    gatewayId: 'g-1',
  };
  const inputs = inputsOf(draft({ ...typed, authMethod: 'gateway' }));
  expect(inputs).toEqual({
    credentialType: 'static',
    authMethod: 'gateway',
    namespace: 'team-a',
    audiences: [],
    gatewayId: 'g-1',
    serviceAccountName: 'bot',
  });
  expect(inputsOf(draft(typed))).toMatchObject({ authMethod: 'api', gatewayId: 'g-1', clusterToken: 't' });
});

test('one that goes through a gateway is copied and left as it is', () => {
  const inputs = {
    credentialType: 'dynamic',
    authMethod: 'gateway',
    gatewayId: 'g-1',
    namespace: 'a',
    role: 'r',
  };
  const secret = { name: 'bot', defaultTTL: '1h', inputs } as DynamicSecret;
  expect(inputsOf(draftOf(secret))).toMatchObject({ authMethod: 'gateway', gatewayId: 'g-1' });
  expect(changesFor(draftOf(secret), { ...draftOf(secret), role: 'other' })).toEqual({
    inputs: { role: 'other' },
  });
});

test('what a gateway lets pass is offered by the choices that were made', () => {
  const policy = policyWith({
    static: {
      accounts: [
        { namespace: 'team-a', name: 'bot' },
        { namespace: 'team-b', name: 'job' },
      ],
    },
    dynamic: {
      namespaces: ['leases'],
      roles: [
        { kind: 'Role', name: 'reader' },
        { kind: 'ClusterRole', name: 'view' },
      ],
    },
  });
  expect(allowedBy([policy], draft({}))).toMatchObject({
    namespaces: ['team-a', 'team-b'],
    accounts: ['bot'],
  });
  const dynamic = draft({ credentialType: 'dynamic', roleType: 'cluster-role' });
  expect(allowedBy([policy], dynamic)).toMatchObject({ namespaces: ['leases'], roles: ['view'] });
  expect(allowedBy([], dynamic)).toEqual({ namespaces: [], accounts: [], roles: [], anchors: null });
});

test('of a pool only what each of its gateways lets pass is offered', () => {
  const accounts = (...names: string[]) => names.map(name => ({ namespace: 'team-a', name }));
  const policies = [
    policyWith({ static: { accounts: accounts('bot', 'job'), anchors: true } }),
    policyWith({ static: { accounts: accounts('job', 'other'), anchors: false } }),
  ];
  expect(allowedBy(policies, draft({}))).toMatchObject({ accounts: ['job'], anchors: false });
});

test('a pool is sent in the place of a gateway, and stays what it is', () => {
  const facts = { serviceAccountName: 'bot', gatewayPoolId: 'p-1' };
  for (const authMethod of ['api', 'gateway'] as const) {
    const inputs = inputsOf(draft({ ...facts, authMethod }));
    expect(inputs).toMatchObject({ authMethod, gatewayPoolId: 'p-1' });
    expect(inputs).not.toHaveProperty('gatewayId');
    expect(draftOf({ name: 'bot', defaultTTL: '1h', inputs } as DynamicSecret).gatewayPoolId).toBe('p-1');
  }
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
