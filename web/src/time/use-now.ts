import { useSyncExternalStore } from 'react';
import { serverNow } from './server-clock.ts';

/** One timer for everything on the screen that counts, so that rows change together. */
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let second = Math.floor(serverNow() / 1000);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (timer === undefined) {
    second = Math.floor(serverNow() / 1000);
    timer = setInterval(tick, 1000);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

function tick(): void {
  second = Math.floor(serverNow() / 1000);
  for (const listener of listeners) listener();
}

/** The server's time in milliseconds, anew each second. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => second) * 1000;
}

/** What the time makes of something. Whoever shows it is drawn anew when that changes, and not each second. */
export function useWithTime<Value extends string | number | boolean>(of: (now: number) => Value): Value {
  return useSyncExternalStore(subscribe, () => of(second * 1000));
}
