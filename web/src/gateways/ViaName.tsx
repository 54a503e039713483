import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { GatewayName } from './GatewayName.tsx';
import { PoolStatus } from './pools/PoolStatus.tsx';
import { poolQuery } from './pools/queries.ts';

interface Props {
  gatewayId: string | null | undefined;
  gatewayPoolId: string | null | undefined;
}

/** What is on the way to a cluster, and how that is. */
export function ViaName({ gatewayId, gatewayPoolId }: Props) {
  const { t } = useTranslation();
  if (gatewayPoolId != null) return <PoolName id={gatewayPoolId} />;
  return gatewayId == null ? t('form.internetGateway') : <GatewayName id={gatewayId} />;
}

/** Its id for whoever may not see it. */
function PoolName({ id }: { id: string }) {
  const { t } = useTranslation();
  const { data: pool } = useQuery({ ...poolQuery(id), retry: false });
  if (pool === undefined)
    return (
      <span className="mono" translate="no">
        {id}
      </span>
    );
  return (
    <>
      {t('gateways.pools.one')}{' '}
      <Link to="/gateways/pools/$pool" params={{ pool: id }} translate="no">
        {pool.name}
      </Link>{' '}
      <PoolStatus pool={pool} />
    </>
  );
}
