import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Lease } from '../api/schema.ts';
import { untilNextTry } from './next-try.ts';

const NOW = Date.parse('2026-11-26T08:00:00Z');
const ending = (seconds: number) =>
  ({ state: 'ending', nextAttemptAt: new Date(NOW + seconds * 1000).toISOString() }) as Lease;
const answered = (secondsAgo: number) => ({
  fetchStatus: 'idle',
  dataUpdatedAt: NOW - secondsAgo * 1000,
  errorUpdatedAt: 0,
});

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
});
afterEach(() => {
  vi.useRealTimers();
});

test('nothing is asked for by itself where nothing is being removed', () => {
  expect(untilNextTry([{ state: 'active' } as Lease], answered(60))).toBe(false);
  expect(untilNextTry([{ ...ending(5), state: 'ended' }], answered(60))).toBe(false);
});

test('the next try of all is waited for', () => {
  expect(untilNextTry([ending(60), ending(20)], answered(1))).toBe(21_000);
});

test('a try that is late is asked about now and then, and less often the later it is', () => {
  expect(untilNextTry([ending(-1)], answered(0))).toBe(2000);
  expect(untilNextTry([ending(-10)], answered(0))).toBe(10_000);
  expect(untilNextTry([ending(-3600)], answered(0))).toBe(30_000);
});

test('an answer that failed is one, too, and one on its way is waited for', () => {
  expect(untilNextTry([ending(-1)], { ...answered(10), errorUpdatedAt: NOW })).toBe(2000);
  expect(untilNextTry([ending(-1)], { ...answered(10), fetchStatus: 'fetching' })).toBe(false);
});

test('a page hears of the second and the third try', async () => {
  const client = new QueryClient();
  let attempts = 0;
  const queryFn = async () => {
    attempts += 1;
    return { ...ending((Date.now() - NOW) / 1000 + 30), attempts } as Lease;
  };
  const page = new QueryObserver(client, {
    queryKey: ['lease'],
    queryFn,
    refetchInterval: ({ state }) => untilNextTry(state.data ? [state.data] : [], state),
  });
  const leave = page.subscribe(() => undefined);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(page.getCurrentResult().data?.attempts).toBe(1);
  await vi.advanceTimersByTimeAsync(2000);
  expect(page.getCurrentResult().data?.attempts).toBe(2);
  await vi.advanceTimersByTimeAsync(32_000);
  expect(page.getCurrentResult().data?.attempts).toBe(3);
  leave();
});
