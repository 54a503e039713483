import { expect, test } from 'vitest';
import type { Lease, Project } from '../api/schema.ts';
import { byActor, bySecret, groupsOf } from './groups.ts';

const lease = (holder: string, secret: string, path = '/') =>
  ({
    holder: { type: 'user', id: holder, name: `${holder}@example.com` },
    dynamicSecretId: `${secret}${path}`,
    dynamicSecretName: secret,
    environmentSlug: 'dev',
    projectId: 'p-1',
    path,
  }) as Lease;
const LEASES = [
  lease('ana', 'bot'),
  lease('ben', 'bot'),
  lease('ben', 'bot', '/batch'),
  lease('ben', 'logs'),
];
const told = (groups: { name: string; count: number | null }[]) =>
  groups.map(({ name, count }) => `${name}: ${count}`);

test('who holds most comes first', () => {
  expect(told(groupsOf(LEASES, byActor))).toEqual(['ben@example.com: 3', 'ana@example.com: 1']);
});

test('dynamic secrets of one name in two places are two', () => {
  const projects = [{ id: 'p-1', name: 'Shop' }] as Project[];
  expect(told(groupsOf(LEASES, bySecret(projects)))).toEqual([
    'bot · Shop · dev: 2',
    'bot · Shop · dev · /batch: 1',
    'logs · Shop · dev: 1',
  ]);
});
