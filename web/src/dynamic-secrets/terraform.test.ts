import { expect, test } from 'vitest';
import type { Inputs } from '../api/schema.ts';
import { terraformOf } from './terraform.ts';

const place = { projectSlug: 'shop', environmentSlug: 'prod', path: '/a' };
const code = (inputs: object, name = 'deploy-bot') =>
  terraformOf(
    { name, defaultTTL: '30m', maxTTL: '2h', inputs: inputs as Inputs },
    place,
    'https://m.example',
  );
const STATIC = { credentialType: 'static', namespace: 'team-a', serviceAccountName: 'deployer' };

test('an existing account and a temporary one are configured apart', () => {
  const text = code({ ...STATIC, clusterConnectionId: 'c' });
  expect(text).toContain('service_account_name = "deployer"');
  expect(text).toContain('cluster_url   = var.cluster_url');
  expect(text).not.toContain('dynamic_config');
  const role = { credentialType: 'dynamic', namespace: 'a,b', role: 'reader', roleType: 'cluster-role' };
  const other = code({ ...role, bindingScope: 'cluster', url: 'https://k8s' });
  expect(other).toContain('allowed_namespaces = "a,b"');
  expect(other).toContain('cluster_url   = "https://k8s"');
  expect(other).not.toContain('static_config');
});

test('what would give more away than the dynamic secret does is not written', () => {
  const role = { credentialType: 'dynamic', namespace: 'a', role: 'view', roleType: 'cluster-role' };
  expect(code({ ...role, bindingScope: 'namespace' })).toBeNull();
});

test('what leads through a pool is not written, because its code would lead elsewhere', () => {
  expect(code({ ...STATIC, authMethod: 'gateway', gatewayPoolId: 'p-1' })).toBeNull();
});

test('a gateway that does the work needs no address and no token; one on the way needs both', () => {
  const text = code({ ...STATIC, authMethod: 'gateway', gatewayId: 'g-1' });
  expect(text).toContain('gateway_id  = "g-1"');
  expect(text).toContain('auth_method = "gateway"');
  expect(text).not.toContain('api_config');
  const passing = code({ ...STATIC, authMethod: 'api', gatewayId: 'g-1', url: 'https://k8s' });
  expect(passing).toContain('gateway_id  = "g-1"');
  expect(passing).toContain('auth_method = "api"');
  expect(passing).toContain('cluster_url   = "https://k8s"');
});

test('every variable that is used is there, and none else', () => {
  for (const inputs of [
    STATIC,
    { ...STATIC, url: 'https://k8s', ca: 'PEM' },
    { ...STATIC, clusterConnectionId: 'c' },
    { ...STATIC, authMethod: 'gateway', gatewayId: 'g-1' },
  ]) {
    const text = code(inputs) ?? '';
    const names = (pattern: RegExp) =>
      [...new Set([...text.matchAll(pattern)].map(([, name]) => name))].sort();
    expect(names(/variable "(\w+)"/g)).toEqual(names(/var\.(\w+)/g));
  }
});

test('no text of anybody is an expression in code, and every name is one', () => {
  for (const expression of [`\${file(1)}`, '%{ if true }'])
    expect(code({ ...STATIC, serviceAccountName: expression })).toContain(`"${expression[0]}${expression}"`);
  expect(code(STATIC, '9-lives')).toContain('"infisical_dynamic_secret_kubernetes" "_9_lives"');
});
