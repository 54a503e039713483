import { Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import { useAct } from '../app/use-act.ts';
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx';
import { Failure } from '../ui/Failure.tsx';
import type { GatewayDialogProps } from './dialogs.ts';

/** Keeps every process of a gateway away, for ever: its name is typed first. */
export function RevokeDialog({ gateway, onClose }: GatewayDialogProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const typeName = t('leaseList.typeName', { name: gateway.name });
  const revoke = useAct(
    () => {
      const params = { path: { gatewayId: gateway.id } };
      return body(api.POST('/api/v1/gateways/{gatewayId}/revoke', { params }));
    },
    ['gateways'],
    onClose,
  );
  return (
    <ConfirmDialog
      title={t('gateways.revokeTitle')}
      act={t('gateways.revoke')}
      reason={typed.trim() === gateway.name ? null : typeName}
      isBusy={revoke.isPending}
      onAct={() => revoke.mutate()}
      onClose={onClose}
    >
      <Text size="sm">{t('gateways.revokeWhy')}</Text>
      <TextInput
        label={typeName}
        value={typed}
        onChange={event => setTyped(event.currentTarget.value)}
        autoComplete="off"
        spellCheck={false}
      />
      <Failure of={revoke.error} />
    </ConfirmDialog>
  );
}
