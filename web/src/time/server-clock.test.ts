import { expect, test } from 'vitest';
import { learn, serverNow } from './server-clock.ts';

test('time is told by the server, however wrong this machine is', () => {
  const now = performance.now();
  learn('2030-01-01T00:00:00.000Z', now - 100, now);
  const difference = serverNow() - Date.parse('2030-01-01T00:00:00.050Z');
  expect(difference).toBeGreaterThanOrEqual(0);
  expect(difference).toBeLessThan(1000);
});

test('what is no date changes nothing', () => {
  const now = performance.now();
  learn('2030-01-01T00:00:00.000Z', now, now);
  learn('soon', now, now);
  expect(serverNow()).toBeGreaterThan(Date.parse('2029-12-31T00:00:00Z'));
});
