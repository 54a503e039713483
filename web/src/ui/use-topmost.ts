import { useLayoutEffect, useState, useSyncExternalStore } from 'react';

/** Dialogs and drawers that are open, the one on top last. */
let open: object[] = [];
const listeners = new Set<() => void>();

function change(next: object[]): void {
  open = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Whether no other dialog or drawer was opened over this one: `Esc` is for the one on top alone. */
export function useTopmost(): boolean {
  const [self] = useState(() => ({}));
  useLayoutEffect(() => {
    change([...open, self]);
    return () => change(open.filter(one => one !== self));
  }, [self]);
  return useSyncExternalStore(subscribe, () => open.at(-1) === self);
}
