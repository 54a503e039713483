import { useRef, useState } from 'react';

interface Once {
  isBusy: boolean;
  /** Does it, unless the last one is not done yet. */
  once: (act: () => Promise<unknown>) => Promise<void>;
}

/**
 * Keeps a second click, or a second Enter, from doing the same again while the first is under way. What a page shows as busy
 * comes too late for that: both may be there before it is drawn.
 */
export function useOnce(): Once {
  const isRunning = useRef(false);
  const [isBusy, setIsBusy] = useState(false);
  async function once(act: () => Promise<unknown>) {
    if (isRunning.current) return;
    isRunning.current = true;
    setIsBusy(true);
    try {
      await act();
    } finally {
      isRunning.current = false;
      setIsBusy(false);
    }
  }
  return { isBusy, once };
}
