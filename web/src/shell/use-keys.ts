import { useRouter } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { areKeysOn, GO_TO } from './keys.ts';

/** Single keys, while nothing is being typed and no dialog is open. */
export function useKeys(openSheet: () => void): void {
  const router = useRouter();
  const open = useRef(openSheet);
  open.current = openSheet;
  useEffect(() => {
    let goUntil = 0;
    function onKey(event: KeyboardEvent) {
      if (!areKeysOn() || isTyping(event) || document.querySelector('[aria-modal="true"]') !== null) return;
      const place = GO_TO[event.key as keyof typeof GO_TO];
      if (event.key === '?') open.current();
      else if (event.key === 'g') goUntil = event.timeStamp + 1500;
      else if (place !== undefined && event.timeStamp < goUntil) void router.navigate({ to: place.to });
      else return;
      event.preventDefault();
    }
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [router]);
}

function isTyping(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return true;
  const target = event.target as HTMLElement | null;
  return (
    target?.closest('input, textarea, select, [contenteditable], [role="menu"], [role="listbox"]') != null
  );
}
