import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, body } from '../../api/client.ts';
import { NameDialog } from './NameDialog.tsx';

/** Makes a pool, and leads to its page, where gateways are put into it. */
export function NewPoolDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  return (
    <NameDialog
      title={t('gateways.pools.new')}
      act={t('gateways.pools.make')}
      first=""
      help={t('gateways.pools.nameHelp')}
      save={name => body(api.POST('/api/v1/gateway-pools', { body: { name } }))}
      onSaved={async ({ id }) => {
        await client.invalidateQueries({ queryKey: ['gateways'] });
        await navigate({ to: '/gateways/pools/$pool', params: { pool: id } });
      }}
      onClose={onClose}
    />
  );
}
