import { Button, Group, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import { useAct } from '../app/use-act.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { Failure } from '../ui/Failure.tsx';
import type { GatewayDialogProps } from './dialogs.ts';

export function RenameDialog({ gateway, onClose }: GatewayDialogProps) {
  const { t } = useTranslation();
  const [name, setName] = useState(gateway.name);
  const rename = useAct(
    () => {
      const params = { path: { gatewayId: gateway.id } };
      return body(api.PATCH('/api/v1/gateways/{gatewayId}', { params, body: { name: name.trim() } }));
    },
    ['gateways'],
    onClose,
  );

  function submit(event: FormEvent) {
    event.preventDefault();
    rename.mutate();
  }

  return (
    <Dialog title={t('gateways.renameTitle')} onClose={onClose} isBusy={rename.isPending}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput
            label={t('clusters.name')}
            value={name}
            onChange={event => setName(event.currentTarget.value)}
            autoComplete="off"
            required
            data-autofocus
          />
          <Failure of={rename.error} />
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              {t('ui.cancel')}
            </Button>
            <Button type="submit" loading={rename.isPending}>
              {t('gateways.rename')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
