import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import type { Lease } from '../api/schema.ts';
import { oneLiners } from './one-liners.ts';

const lease = { serviceAccountName: 'deployer', namespace: 'team-a' } as Lease;

test('a shell reads what the commands say, and nothing else', () => {
  const cluster = { server: "https://k8s.example:6443/it's", caData: 'Q0E=' };
  const { curl, env, kubectl } = oneLiners(lease, cluster, 'a.b.c');
  const said = (script: string) =>
    execFileSync(
      'bash',
      ['-c', `curl() { printf '%s\\n' "$@"; }; kubectl() { printf '%s\\n' "$@"; }; ${script}`],
      {
        encoding: 'utf8',
      },
    ).split('\n');
  expect(said(curl)).toContain('Authorization: Bearer a.b.c');
  expect(said(curl)).toContain("https://k8s.example:6443/it's/api/v1/namespaces/team-a/pods");
  expect(said(kubectl)).toEqual([
    '--kubeconfig=/dev/null',
    "--server=https://k8s.example:6443/it's",
    expect.stringMatching(/^--certificate-authority=\/./),
    '--token=a.b.c',
    '--namespace=team-a',
    'get',
    'pods',
    '',
  ]);
  expect(said(`${kubectl}; cat "$ca"`)).toContain('CA');
  expect(said(`${env}; echo $TOKEN; echo $API_SERVER; echo $API_SERVER_CA`)).toEqual([
    'a.b.c',
    "https://k8s.example:6443/it's",
    'Q0E=',
    '',
  ]);
});

test('the roots of the system need no authority', () => {
  const { curl, env, kubectl } = oneLiners(lease, { server: 'https://k8s.example' }, 't');
  expect(curl).not.toContain('--cacert');
  expect(kubectl).not.toContain('certificate-authority');
  expect(env).not.toContain('API_SERVER_CA');
});

test('every command names the cluster that its token is for', () => {
  const cluster = { server: 'https://k8s.example:6443' };
  for (const text of Object.values(oneLiners(lease, cluster, 't'))) expect(text).toContain(cluster.server);
});
