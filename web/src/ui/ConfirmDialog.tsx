import { Button, Group, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from './Dialog.tsx';

interface Props {
  title: string;
  children: ReactNode;
  /** The act itself, as a verb: never `OK`. */
  act: string;
  isDanger?: boolean;
  isBusy?: boolean;
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
          <Button {...(isDanger ? { color: 'red' } : {})} onClick={onAct} loading={isBusy}>
            {act}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
