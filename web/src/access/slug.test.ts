import { expect, test } from 'vitest';
import { slugOf } from './slug.ts';

test.each([
  ['Deployers', 'deployers'],
  ['  Web Shop: Leads ', 'web-shop-leads'],
  ['Café 2', 'cafe-2'],
])('%s is called %s', (name, slug) => {
  expect(slugOf(name)).toBe(slug);
});
