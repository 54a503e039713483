import { expect, test } from 'vitest';
import { nextId } from './lease.ts';

test.each([
  ['019ac0de-0000-7000-8000-0000000000a9', '019ac0de-0000-7000-8000-0000000000aa'],
  ['019ac0de-0000-7000-8000-ffffffffffff', '019ac0de-0000-7000-8001-000000000000'],
  ['7f3a', '7f3a'],
])('after the id %s comes %s', (id, next) => {
  expect(nextId(id)).toBe(next);
});
