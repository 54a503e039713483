import { expect, test } from 'vitest';
import { changesOf } from './changes.ts';
import { EMPTY } from './draft.ts';

const BEFORE = { ...EMPTY, name: 'bot', url: 'https://k8s', namespace: 'a', audiences: ['x'] };

test('nothing changed is no change', () => {
  expect(changesOf(BEFORE, { ...BEFORE })).toEqual([]);
});

test('each field that changes is told as it was and as it would be', () => {
  const after = { ...BEFORE, defaultTTL: '20m', audiences: ['x', 'y'] };
  expect(changesOf(BEFORE, after)).toEqual([
    { field: 'defaultTTL', before: '1h', after: '20m' },
    { field: 'audiences', before: 'x', after: 'x, y' },
  ]);
});

test('another token is told of, and not told', () => {
  const [change, ...others] = changesOf(BEFORE, { ...BEFORE, clusterToken: 'eyJ.secret' });
  expect(others).toEqual([]);
  expect(change?.field).toBe('clusterToken');
  expect(JSON.stringify(change)).not.toContain('secret');
});
