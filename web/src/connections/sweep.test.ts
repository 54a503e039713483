import { expect, test } from 'vitest';
import type { Sweep } from '../api/schema.ts';
import { isWhole } from './sweep.ts';

const sweep = (facts: Partial<Sweep>) =>
  ({ young: 0, unsealed: [], unseen: [], ...facts }) as unknown as Sweep;

test('what was not seen, is too young or carries no seal leaves the answer open', () => {
  expect(isWhole(sweep({}))).toBe(true);
  expect(isWhole(sweep({ young: 1 }))).toBe(false);
  expect(isWhole(sweep({ unsealed: ['ServiceAccount a/b'] }))).toBe(false);
  expect(isWhole(sweep({ unseen: ['list clusterrolebindings'] }))).toBe(false);
});
