import { useEffect, useRef } from 'react';
import { isDialogOpen, isTyping } from './use-key.ts';

/** Alt with a digit chooses a tab of the page. By the place of the key: with Alt, some layouts write other signs there. */
export function useTabKeys<Key>(tabs: readonly Key[], choose: (tab: Key) => void): void {
  const latest = useRef({ tabs, choose });
  latest.current = { tabs, choose };
  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      if (event.defaultPrevented || isDialogOpen() || isTyping(event)) return;
      const digit = /^Digit([1-9])$/.exec(event.code)?.[1];
      const tab = latest.current.tabs[Number(digit) - 1];
      if (tab === undefined) return;
      event.preventDefault();
      latest.current.choose(tab);
    }
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}
