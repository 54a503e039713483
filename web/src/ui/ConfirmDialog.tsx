import { Button, Group, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ActionButton } from './ActionButton.tsx';
import { Dialog } from './Dialog.tsx';

interface Props {
  title: string;
  children: ReactNode;
  /** The act itself, as a verb: never `OK`. */
  act: string;
  isDanger?: boolean;
  isBusy?: boolean;
  /** Why it cannot be done yet. */
  reason?: string | null;
  onAct: () => void;
  onClose: () => void;
}

/** Asks before something that cannot be taken back, and says what it will do. */
export function ConfirmDialog({
  title,
  children,
  act,
  isDanger = true,
  isBusy = false,
  reason,
  onAct,
  onClose,
}: Props) {
  const { t } = useTranslation();
  return (
    <Dialog title={title} onClose={onClose} isBusy={isBusy}>
      <Stack gap="md">
        {children}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose} data-autofocus>
            {t('ui.cancel')}
          </Button>
          <ActionButton
            reason={reason}
            {...(isDanger ? { color: 'red' } : {})}
            onClick={onAct}
            loading={isBusy}
          >
            {act}
          </ActionButton>
        </Group>
      </Stack>
    </Dialog>
  );
}
