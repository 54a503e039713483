import { expect, test } from 'vitest';
import { secondsUntil } from './retry-after.ts';

test('the time to ask again is read as seconds and as a date, and nothing else is', () => {
  expect(secondsUntil('7')).toBe(7);
  const date = new Date(Date.now() + 42_000).toUTCString();
  const until = secondsUntil(date) ?? 0;
  expect(until).toBeGreaterThanOrEqual(40);
  expect(until).toBeLessThanOrEqual(42);
  expect([null, '', '0', 'soon', new Date(0).toUTCString()].map(secondsUntil)).toEqual([
    null,
    null,
    null,
    null,
    null,
  ]);
});
