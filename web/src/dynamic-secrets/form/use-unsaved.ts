import { useBlocker } from '@tanstack/react-router';

interface Leaving {
  isAsking: boolean;
  stay: () => void;
  leave: () => void;
}

/** Asks before what was typed is lost by going to another page, or by leaving altogether where `isLost` says so. */
export function useUnsaved(isUnsaved: boolean, isLost = isUnsaved): Leaving {
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => isUnsaved && !isSameForm(current, next),
    enableBeforeUnload: isUnsaved && isLost,
    withResolver: true,
  });
  return {
    isAsking: blocker.status === 'blocked',
    stay: () => blocker.reset?.(),
    leave: () => blocker.proceed?.(),
  };
}

/** Another environment is another address of the same form, and keeps what was typed. */
function isSameForm(current: { routeId: string }, next: { routeId: string }): boolean {
  return current.routeId === next.routeId;
}
