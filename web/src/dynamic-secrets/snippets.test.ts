import { expect, test } from 'vitest';
import type { DynamicSecret } from '../api/schema.ts';
import { snippetsOf } from './snippets.ts';

const place = { projectSlug: 'shop', environmentSlug: 'prod', path: '/a' };
const secret = (inputs: object) =>
  ({ name: 'deploy-bot', defaultTTL: '30m', maxTTL: '2h', inputs }) as unknown as DynamicSecret;
const STATIC = { credentialType: 'static', namespace: 'team-a', serviceAccountName: 'deployer' };

test('commands name the place, the lifetime and the server', () => {
  const { cli, kubectl, exec, http } = snippetsOf(secret(STATIC), place, 'https://mayfly.example');
  expect(cli).toContain('mayfly token deploy-bot --project shop --env prod --path /a --ttl 30m --show');
  expect(kubectl).toContain('mayfly kubeconfig deploy-bot --project shop --env prod --path /a --merge --use');
  expect(exec).toContain('mayfly exec deploy-bot --project shop --env prod --path /a -- kubectl get pods');
  expect(http).toContain('"path":"/a"');
  expect(http).toContain('https://mayfly.example/api/v1/dynamic-secrets/leases');
});

test('as code, an existing account and a temporary one are configured apart', () => {
  const { terraform } = snippetsOf(secret(STATIC), place, 'https://mayfly.example');
  expect(terraform).toContain('service_account_name = "deployer"');
  expect(terraform).toContain('cluster_url   = var.cluster_url');
  const role = { credentialType: 'dynamic', namespace: 'a,b', role: 'reader', roleType: 'cluster-role' };
  const other = snippetsOf(secret({ ...role, url: 'https://k8s' }), place, 'https://mayfly.example');
  expect(other.terraform).toContain('allowed_namespaces = "a,b"');
  expect(other.terraform).toContain('cluster_url   = "https://k8s"');
  expect(other.terraform).not.toContain('static_config');
});

test('no text of anybody is an expression in code', () => {
  const expression = `\${file(1)}`;
  const given = secret({ ...STATIC, serviceAccountName: expression });
  expect(snippetsOf(given, place, 'https://m').terraform).toContain(`"$${expression}"`);
});
