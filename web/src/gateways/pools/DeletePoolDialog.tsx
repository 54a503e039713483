import { Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, body } from '../../api/client.ts';
import type { GatewayPool } from '../../api/schema.ts';
import { useMutationOnce } from '../../app/use-mutation-once.ts';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { InUse } from '../InUse.tsx';

/** Removes a pool; its gateways stay. While something leads through it the server refuses, and says what that is. */
export function DeletePoolDialog({ pool, onClose }: { pool: GatewayPool; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const remove = useMutationOnce({
    mutationFn: () => {
      const params = { path: { poolId: pool.id } };
      return body(api.DELETE('/api/v1/gateway-pools/{poolId}', { params }));
    },
    onSuccess: async () => {
      await navigate({ to: '/gateways/pools' });
      client.removeQueries({ queryKey: ['gateways', '*', 'pools', pool.id] });
      await client.invalidateQueries({ queryKey: ['gateways'] });
    },
  });
  return (
    <ConfirmDialog
      title={t('gateways.pools.deleteTitle')}
      act={t('ui.remove')}
      isBusy={remove.isPending}
      onAct={() => remove.mutate()}
      onClose={onClose}
    >
      <Text size="sm">
        {t('gateways.pools.deleteWhy')} <strong translate="no">{pool.name}</strong>
      </Text>
      <InUse of={remove.error} />
    </ConfirmDialog>
  );
}
