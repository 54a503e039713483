import { expect, test } from 'vitest';
import { readWish } from './wish.ts';

test('a wish for a lease names secret, place and time', () => {
  const place = { environment: 'e', environmentSlug: 'prod', path: '/a' };
  expect(
    readWish({ type: 'issue-lease', name: 'bot', place, ttl: null, ttlSeconds: 1800, namespace: null }),
  ).toEqual({
    kind: 'lease',
    name: 'bot',
    environmentSlug: 'prod',
    path: '/a',
    ttl: '30m',
    namespace: null,
  });
});

test('what is not known is shown as it is', () => {
  expect(readWish({ type: 'new' })).toEqual({ kind: 'other', text: '{"type":"new"}' });
});
