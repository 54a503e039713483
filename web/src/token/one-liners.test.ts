import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import type { Lease } from '../api/schema.ts';
import { oneLiners } from './one-liners.ts';

const lease = { serviceAccountName: 'deployer', namespace: 'team-a' } as Lease;

test('a shell reads what the commands say, and nothing else', () => {
  const cluster = { server: "https://k8s.example:6443/it's", caData: 'Q0E=' };
  const { curl, env, kubectl } = oneLiners('deploy-bot', lease, cluster, 'a.b.c');
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
  expect(said(kubectl)).toContain('--token=a.b.c');
  expect(said(`${env}; echo $TOKEN`)).toContain('a.b.c');
});

test('the roots of the system need no authority', () => {
  expect(oneLiners('bot', lease, { server: 'https://k8s.example' }, 't').curl).not.toContain('--cacert');
});
