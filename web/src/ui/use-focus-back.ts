import { useEffect, useState } from 'react';

/** Gives the focus back to whatever had it before, once this is gone; what is gone itself by then gets none. */
export function useFocusBack(): void {
  const [opener] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus({ preventScroll: true });
    },
    [opener],
  );
}
