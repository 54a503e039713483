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

test('a job gets a file that names the cluster, and uses that', () => {
  const { github, gitlab } = snippetsOf(secret(STATIC), place, 'https://mayfly.example');
  for (const job of [github, gitlab]) {
    expect(job).toContain(
      'mayfly kubeconfig deploy-bot --project shop --env prod --path /a --ttl 30m --mode token --file kubeconfig',
    );
    expect(job).toContain('kubectl --kubeconfig kubeconfig get pods');
  }
});
