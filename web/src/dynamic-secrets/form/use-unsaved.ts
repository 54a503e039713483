import { useBlocker } from '@tanstack/react-router';

interface Leaving {
  isAsking: boolean;
  stay: () => void;
  leave: () => void;
}

/** Asks before what was typed is lost by going to another page. */
export function useUnsaved(isUnsaved: boolean): Leaving {
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => isUnsaved && !isSameForm(current, next),
    enableBeforeUnload: isUnsaved,
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
