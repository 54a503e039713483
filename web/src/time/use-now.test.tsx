import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

beforeEach(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  vi.useFakeTimers({ now: Date.parse('2026-11-27T12:00:00Z') });
});
afterEach(() => vi.useRealTimers());

test('what depends on the time is drawn anew when it changes, and not each second', async () => {
  // Loaded now, so that it begins at the time of this test.
  const { useNow, useWithTime } = await import('./use-now.ts');
  const start = Date.now();
  const drawn = { seconds: 0, minutes: [] as number[] };
  function Second() {
    useNow();
    drawn.seconds++;
    return null;
  }
  function Minute() {
    drawn.minutes.push(useWithTime(now => Math.floor((now - start) / 60_000)));
    return null;
  }
  const root = createRoot(document.createElement('div'));
  await act(async () =>
    root.render(
      <>
        <Second />
        <Minute />
      </>,
    ),
  );
  await act(async () => vi.advanceTimersByTime(30_000));
  expect(drawn.seconds).toBeGreaterThan(1);
  expect(drawn.minutes).toEqual([0]);
  await act(async () => vi.advanceTimersByTime(31_000));
  expect(drawn.minutes).toEqual([0, 1]);
  await act(async () => root.unmount());
});
