import { lazy, Suspense, useSyncExternalStore } from 'react';
import { told } from './tell.ts';

const Notifications = lazy(async () => ({
  default: (await import('@mantine/notifications')).Notifications,
}));

/** Where `tell` tells, once there is something to tell. */
export function Corner() {
  const hasTold = useSyncExternalStore(told.subscribe, told.get);
  if (!hasTold) return null;
  return (
    <Suspense>
      <Notifications position="bottom-right" transitionDuration={0} />
    </Suspense>
  );
}
