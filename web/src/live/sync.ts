import { useSyncExternalStore } from 'react';

/** Whether this tab hears of changes, asks from time to time instead, or waits for somebody to come back. */
export type Mode = 'live' | 'polling' | 'paused';

export interface Sync {
  mode: Mode;
  /** Until when what is shown is known to be so, in milliseconds since 1970; null before anything was heard. */
  at: number | null;
}

let sync: Sync = { mode: 'polling', at: null };
const listeners = new Set<() => void>();

export function setSync(change: Partial<Sync>): void {
  sync = { ...sync, ...change };
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useSync(): Sync {
  return useSyncExternalStore(subscribe, () => sync);
}
