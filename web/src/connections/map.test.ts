import { expect, test } from 'vitest';
import type { ClusterConnection, Lease, Project } from '../api/schema.ts';
import { mapOf } from './map.ts';

const project = (id: string) => ({ id, name: id }) as Project;
const lease = (dynamicSecretId: string, projectId = 'a') =>
  ({
    dynamicSecretId,
    dynamicSecretName: dynamicSecretId,
    projectId,
    environmentSlug: 'dev',
    path: '/',
  }) as Lease;

test('a cluster has the projects that may use it, with their live secrets counted', () => {
  const named = { sharedWith: 'named', projectIds: ['a'] } as ClusterConnection;
  const map = mapOf(named, [project('a'), project('b')], [lease('two'), lease('one'), lease('two')]);
  expect(map.map(({ project: { id } }) => id)).toEqual(['a']);
  expect(map[0]?.secrets.map(({ name, live }) => [name, live])).toEqual([
    ['one', 1],
    ['two', 2],
  ]);
});

test('a project whose leases still run is there, even if it may make no more', () => {
  const closed = { sharedWith: 'named', projectIds: [] } as unknown as ClusterConnection;
  expect(mapOf(closed, [project('a'), project('b')], [lease('one')])).toHaveLength(1);
  expect(mapOf({ sharedWith: 'all' } as ClusterConnection, [project('a'), project('b')], [])).toHaveLength(2);
});
