import { useEffect } from 'react';

/** The page's name in the tab, in history and for screen readers. */
export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Mayfly`;
  }, [title]);
}
