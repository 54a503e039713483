import { expect, test } from 'vitest';
import type { ClusterConnection } from '../api/schema.ts';
import { changeCommandsOf } from './as-code.ts';
import { draftOf } from './draft.ts';

const connection = {
  id: 'c-1',
  name: 'eu-1',
  url: 'https://k8s',
  sharedWith: 'all',
  limits: {},
} as ClusterConnection;
const commands = (changes: object) =>
  changeCommandsOf(connection, { ...draftOf(connection), ...changes }, 'https://mayfly.example');

test('a change is shown as what it sends, and none is not shown', () => {
  expect(commands({})).toBeNull();
  const { curl, cli } = commands({ name: 'eu-2' }) ?? {};
  expect(curl).toContain('--request PATCH https://mayfly.example/api/v1/cluster-connections/c-1');
  expect(curl).toContain('{"name":"eu-2"}');
  expect(cli).toContain('mayfly connection update c-1');
});

test('another token is no text, and has no command line here', () => {
  const { curl, cli, hasToken } = commands({ clusterToken: 'typed-and-secret' }) ?? {};
  expect(curl).not.toContain('typed-and-secret');
  expect(curl).toContain('$CLUSTER_TOKEN');
  expect([cli, hasToken]).toEqual([null, true]);
});
