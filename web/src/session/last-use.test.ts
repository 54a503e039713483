import { afterEach, expect, test, vi } from 'vitest';
import { noteUse, sinceLastUse } from './last-use.ts';

afterEach(() => vi.useRealTimers());

test('what anybody may ask is no use of a session, and whatever else is asked is', () => {
  vi.useFakeTimers();
  noteUse('http://mayfly.test/api/v1/users/me');
  vi.advanceTimersByTime(60_000);
  noteUse('http://mayfly.test/api/status');
  noteUse('http://mayfly.test/api/v1/auth/sso');
  expect(sinceLastUse()).toBe(60_000);
  noteUse('http://mayfly.test/api/v1/auth/sessions');
  expect(sinceLastUse()).toBe(0);
});
