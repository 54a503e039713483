import type { NotificationData } from '@mantine/notifications';
import i18next from 'i18next';

const listeners = new Set<() => void>();
let hasTold = false;

/** Tells what became of something, in the corner and to screen readers. What does that comes with the first such word. */
export function tell(words: NotificationData): void {
  hasTold = true;
  for (const listener of listeners) listener();
  void import('@mantine/notifications').then(({ notifications }) =>
    notifications.show({ ...words, closeButtonProps: { 'aria-label': i18next.t('ui.close') } }),
  );
}

export const told = {
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  get: (): boolean => hasTold,
};
