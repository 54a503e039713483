import { type RefObject, useLayoutEffect } from 'react';

interface Parts {
  frame: RefObject<HTMLDivElement | null>;
  /** As wide as the frame and of no height, so that only another width is told of. */
  ruler: RefObject<HTMLDivElement | null>;
}

/**
 * Lets a table's columns stand beside one another where their words have room, and become cards where they have not. How much
 * room that is depends on the columns and on the language, so it is measured: no width of the page says it. Measured anew
 * when the frame has another width, when something of `content` is another one, and when what cells ask for themselves makes it wider.
 */
export function useStacking({ frame, ruler }: Parts, content: readonly unknown[]): void {
  useLayoutEffect(() => stackWhereNarrow(frame.current), [frame, ...content]);
  useLayoutEffect(() => {
    const rows = frame.current?.querySelector('tbody');
    if (ruler.current === null || rows == null) return;
    const ofFrame = new ResizeObserver(() => stackWhereNarrow(frame.current));
    const ofRows = new ResizeObserver(() => {
      // In the next frame: what an observer changes of what it observes is a fault to the browser.
      if (isTooWide(frame.current)) requestAnimationFrame(() => stackWhereNarrow(frame.current));
    });
    ofFrame.observe(ruler.current);
    ofRows.observe(rows);
    return () => {
      ofFrame.disconnect();
      ofRows.disconnect();
    };
  }, [frame, ruler]);
}

function stackWhereNarrow(frame: HTMLDivElement | null): void {
  if (frame === null) return;
  // The page must not become shorter while it is measured: it would be scrolled up by that.
  frame.style.minHeight = `${frame.offsetHeight}px`;
  delete frame.dataset.stacked;
  if (isTooWide(frame)) frame.dataset.stacked = '';
  frame.style.minHeight = '';
}

function isTooWide(frame: HTMLDivElement | null): boolean {
  return (frame?.querySelector('table')?.offsetWidth ?? 0) > (frame?.clientWidth ?? 0);
}
