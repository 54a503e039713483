import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '../../api/client.ts';
import type { GatewayPool } from '../../api/schema.ts';
import { NameDialog } from './NameDialog.tsx';

export function RenamePoolDialog({ pool, onClose }: { pool: GatewayPool; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const params = { path: { poolId: pool.id } };
  return (
    <NameDialog
      title={t('gateways.pools.renameTitle')}
      act={t('gateways.rename')}
      first={pool.name}
      save={name => body(api.PATCH('/api/v1/gateway-pools/{poolId}', { params, body: { name } }))}
      onSaved={async () => {
        await client.invalidateQueries({ queryKey: ['gateways'] });
        onClose();
      }}
      onClose={onClose}
    />
  );
}
