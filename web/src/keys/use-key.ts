import { useEffect, useRef } from 'react';
import { areKeysOn } from './preference.ts';

/** Answers `false` where there was nothing to do: then the key stays the browser's. */
type Act = (event: KeyboardEvent) => unknown;

/** Single keys of a page, or of the dialog over it: one of both hears them, and nobody does while something is typed. */
export function useKeys(acts: Record<string, Act>, where: 'page' | 'dialog' = 'page'): void {
  const latest = useRef(acts);
  latest.current = acts;
  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      const act = latest.current[event.key];
      if (act === undefined || event.defaultPrevented || !areKeysOn() || isTaken(event)) return;
      if (isDialogOpen() !== (where === 'dialog')) return;
      if (act(event) === false) return;
      event.preventDefault();
      // A menu that it opened would take it for a key outside of it, and close again.
      event.stopImmediatePropagation();
    }
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [where]);
}

export function isDialogOpen(): boolean {
  return document.querySelector('[aria-modal="true"]') !== null;
}

/** Whether the key belongs to what has the focus, or to the browser. */
function isTaken(event: KeyboardEvent): boolean {
  return event.ctrlKey || event.metaKey || event.altKey || isTyping(event);
}

/** Whether what has the focus takes letters and digits itself. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement | null;
  const typing = 'input:not([type="checkbox"], [type="radio"]), textarea, select, [contenteditable]';
  return target?.closest(`${typing}, [role="menu"], [role="listbox"]`) != null;
}
