import { expect, test } from 'vitest';
import { narrowed } from './narrow.ts';
import type { Row } from './use-matrix.ts';

const row = (name: string, revocable: boolean | null, live: number) =>
  ({ name, cells: [{ live: 0 }, { secret: { id: name, revocable }, live }] }) as unknown as Row;
const rows = [row('deploy-bot', false, 0), row('deploy-all', true, 2), row('read-logs', null, 1)];
const names = (narrowing: Parameters<typeof narrowed>[1]) =>
  narrowed(rows, narrowing).map(({ name }) => name);

test('rows are narrowed down by name, credential type and live leases, all together', () => {
  expect(names({})).toEqual(['deploy-bot', 'deploy-all', 'read-logs']);
  expect(names({ q: 'DEPLOY' })).toEqual(['deploy-bot', 'deploy-all']);
  expect(names({ mode: 'dynamic' })).toEqual(['read-logs']);
  expect(names({ mode: 'static', status: 'live' })).toEqual(['deploy-all']);
  expect(names({ status: 'idle' })).toEqual(['deploy-bot']);
});

test('rows are narrowed down by the cluster of any of their environments', () => {
  const clusters = { 'deploy-bot': { id: 'c1', name: 'eu-1' }, 'read-logs': { id: 'c2', name: 'eu-2' } };
  expect(narrowed(rows, { cluster: 'c2' }, clusters).map(({ name }) => name)).toEqual(['read-logs']);
  expect(narrowed(rows, { cluster: 'c3' }, clusters)).toEqual([]);
});
