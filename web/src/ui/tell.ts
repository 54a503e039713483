import { type NotificationData, notifications } from '@mantine/notifications';
import i18next from 'i18next';

/** Tells what became of something, in the corner and to screen readers. */
export function tell(words: NotificationData): void {
  notifications.show({ ...words, closeButtonProps: { 'aria-label': i18next.t('ui.close') } });
}
