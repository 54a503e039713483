import { useSyncExternalStore } from 'react';

/** What the browser can be asked to tell of. */
export const KINDS = ['ending', 'failing'] as const;
export type Kind = (typeof KINDS)[number];

const KEY = 'mayfly.notify.';
const listeners = new Set<() => void>();

/** Chosen here, and still allowed by the browser: whoever takes that back there has switched it off. */
function isOn(kind: Kind): boolean {
  return canNotify() && Notification.permission === 'granted' && localStorage.getItem(KEY + kind) === 'on';
}

export function canNotify(): boolean {
  return 'Notification' in window;
}

/** Asks the browser for leave when something is switched on; answers whether it is as was wanted. */
export async function choose(kind: Kind, isWanted: boolean): Promise<boolean> {
  const isAllowed = !isWanted || (await Notification.requestPermission()) === 'granted';
  if (isWanted && isAllowed) localStorage.setItem(KEY + kind, 'on');
  else localStorage.removeItem(KEY + kind);
  for (const listener of listeners) listener();
  return isAllowed;
}

export function useIsOn(kind: Kind): boolean {
  return useSyncExternalStore(
    listener => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => isOn(kind),
  );
}
