import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import { useAct } from '../app/use-act.ts';
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx';
import { Failure } from '../ui/Failure.tsx';
import type { GatewayDialogProps } from './dialogs.ts';

/** Lets a gateway come again, once somebody knows why two had one key. */
export function UnlockDialog({ gateway, onClose }: GatewayDialogProps) {
  const { t } = useTranslation();
  const unlock = useAct(
    () => {
      const params = { path: { gatewayId: gateway.id } };
      return body(api.PATCH('/api/v1/gateways/{gatewayId}', { params, body: { unlock: true } }));
    },
    ['gateways'],
    onClose,
  );
  return (
    <ConfirmDialog
      title={t('gateways.unlockTitle')}
      act={t('gateways.unlock')}
      isBusy={unlock.isPending}
      onAct={() => unlock.mutate()}
      onClose={onClose}
    >
      <Text size="sm">{t('gateways.unlockWhy')}</Text>
      <Failure of={unlock.error} />
    </ConfirmDialog>
  );
}
