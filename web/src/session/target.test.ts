import { expect, test } from 'vitest';
import { safeTarget } from './target.ts';

test.each([
  ['/p/shop/overview?env=dev', '/p/shop/overview?env=dev'],
  [undefined, '/'],
  ['https://elsewhere.example/', '/'],
  ['//elsewhere.example/', '/'],
  ['/\\elsewhere.example', '/'],
  ['/login?next=/login', '/'],
  ['javascript:alert(1)', '/'],
])('after signing in %s leads to %s', (target, page) => {
  expect(safeTarget(target)).toBe(page);
});
