import { focusManager } from '@tanstack/react-query';

/** Well below the half hour after which the server ends a session that nobody uses. */
const IDLE = 10 * 60_000;
const SIGNS = ['pointermove', 'pointerdown', 'keydown', 'scroll', 'touchstart'] as const;

/**
 * Stops asking for news while nobody is there: each request would count as use, and a page left open on a desk would keep
 * its session for hours.
 */
export function watchForIdleness(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wake = () => {
    clearTimeout(timer);
    if (timer === undefined) focusManager.setFocused(undefined);
    timer = setTimeout(() => {
      timer = undefined;
      focusManager.setFocused(false);
    }, IDLE);
  };
  for (const sign of SIGNS) addEventListener(sign, wake, { passive: true, capture: true });
  wake();
}
