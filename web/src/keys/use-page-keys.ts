import { useRouter } from '@tanstack/react-router';
import { useRef } from 'react';
import { GO_TO, MARKED_KEYS } from './list.ts';
import { useKeys } from './use-key.ts';

/** How long after `g` the next letter names a page, in milliseconds. */
const GO_FOR = 1500;
const ROWS = 'tbody tr[tabindex]';

/** Keys that mean the same on every page. Whatever they press is there to be clicked, too. */
export function usePageKeys(openSheet: () => void): void {
  const router = useRouter();
  const goUntil = useRef(0);

  function go(event: KeyboardEvent, otherwise: () => unknown): unknown {
    const place = GO_TO[event.key as keyof typeof GO_TO];
    if (place === undefined || event.timeStamp >= goUntil.current) return otherwise();
    goUntil.current = 0;
    return router.navigate({ to: place.to });
  }

  const letters = new Set([...Object.keys(GO_TO), ...Object.keys(MARKED_KEYS)]);
  const press = [...letters].map(key => [key, (event: KeyboardEvent) => go(event, () => pressMarked(event))]);
  useKeys({
    ...Object.fromEntries(press),
    '?': openSheet,
    g: event => {
      goUntil.current = event.timeStamp + GO_FOR;
    },
    j: () => step(1),
    k: () => step(-1),
  });
}

/** The focus goes from row to row; the browser scrolls there. */
function step(by: 1 | -1): unknown {
  const rows = [...document.querySelectorAll<HTMLElement>(ROWS)];
  const at = rows.findIndex(row => row.contains(document.activeElement));
  const next = rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))];
  return next === undefined ? false : next.focus();
}

/** What is marked with a key: a field gets the focus, anything else is clicked. */
function pressMarked(event: KeyboardEvent): unknown {
  const marked = `[data-key="${event.key}"]`;
  const row = (event.target as HTMLElement).closest(ROWS);
  const found = [...(row ?? document).querySelectorAll<HTMLElement>(marked)].find(
    one => row !== null || one.closest(ROWS) === null,
  );
  if (found === undefined) return false;
  return found.matches('input:not([type="checkbox"]), select') ? found.focus() : found.click();
}
