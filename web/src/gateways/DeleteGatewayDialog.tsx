import { Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import { useMutationOnce } from '../app/use-mutation-once.ts';
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx';
import { Notice } from '../ui/Notice.tsx';
import type { GatewayDialogProps } from './dialogs.ts';
import { InUse } from './InUse.tsx';

/** Removes a gateway, and says how much goes through it. */
export function DeleteGatewayDialog({ gateway, onClose }: GatewayDialogProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const uses = gateway.connectedResourcesCount;
  const remove = useMutationOnce({
    mutationFn: () => {
      const params = { path: { gatewayId: gateway.id } };
      return body(api.DELETE('/api/v1/gateways/{gatewayId}', { params }));
    },
    onSuccess: async () => {
      await navigate({ to: '/gateways' });
      client.removeQueries({ queryKey: ['gateways', gateway.id] });
      await client.invalidateQueries({ queryKey: ['gateways'] });
    },
  });
  return (
    <ConfirmDialog
      title={t('gateways.deleteTitle')}
      act={t('ui.remove')}
      isBusy={remove.isPending}
      onAct={() => remove.mutate()}
      onClose={onClose}
    >
      <Text size="sm">
        {t('gateways.deleteWhy')} <strong translate="no">{gateway.name}</strong>
      </Text>
      {uses > 0 && remove.error === null && (
        <Notice tone="warn">{t('gateways.deleteUsed', { count: uses })}</Notice>
      )}
      <InUse of={remove.error} />
    </ConfirmDialog>
  );
}
