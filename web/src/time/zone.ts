import { useSyncExternalStore } from 'react';

/** In which zone and with which hours times are shown: a choice of this browser. */
export interface Clock {
  /** An IANA name, or null for the browser's own. */
  zone: string | null;
  hours: 'usual' | 'h23' | 'h12';
}

const ZONE = 'mayfly.zone';
const HOURS = 'mayfly.hours';
const listeners = new Set<() => void>();
let clock = read();

function read(): Clock {
  const hours = localStorage.getItem(HOURS);
  return {
    zone: known(localStorage.getItem(ZONE)),
    hours: hours === 'h23' || hours === 'h12' ? hours : 'usual',
  };
}

/** What was kept may be of another browser, or typed by hand. */
function known(zone: string | null): string | null {
  if (zone === null) return null;
  try {
    new Intl.DateTimeFormat(undefined, { timeZone: zone });
    return zone;
  } catch {
    return null;
  }
}

export function zoneOfBrowser(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

export function currentClock(): Clock {
  return clock;
}

export function chooseClock(changes: Partial<Clock>): void {
  clock = { ...clock, ...changes };
  if (clock.zone === null) localStorage.removeItem(ZONE);
  else localStorage.setItem(ZONE, clock.zone);
  localStorage.setItem(HOURS, clock.hours);
  for (const listener of listeners) listener();
}

export function useClock(): Clock {
  return useSyncExternalStore(listener => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, currentClock);
}
