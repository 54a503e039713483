import { expect, test } from 'vitest';
import type { Lease } from '../api/schema.ts';
import { kubeconfig } from './kubeconfig.ts';

const lease = { serviceAccountName: 'deployer', namespace: 'team-a' } as Lease;

test('a kubeconfig names the cluster, the token and the namespace', () => {
  const text = kubeconfig(lease, { server: 'https://k8s.example:6443/at', caData: 'Q0E=' }, 'a.b.c');
  expect(text).toContain('server: "https://k8s.example:6443/at"');
  expect(text).toContain('certificate-authority-data: "Q0E="');
  expect(text).toContain('token: "a.b.c"');
  expect(text).toContain('namespace: "team-a"');
  expect(text).toContain('current-context: "deployer@k8s.example:6443"');
});

test('the roots of the system need no authority', () => {
  expect(kubeconfig(lease, { server: 'https://k8s.example' }, 't')).not.toContain('certificate-authority');
});

test('no value ends its quotes', () => {
  const text = kubeconfig(lease, { server: 'https://k8s.example' }, 'a"\nkind: Other');
  expect(text).toContain('token: "a\\"\\nkind: Other"');
});
