import { useTranslation } from 'react-i18next';
import type { GatewayPool } from '../../api/schema.ts';
import { StatusPill, type Tone } from '../../ui/StatusPill.tsx';

/** How many of a pool's gateways are there. */
export function PoolStatus({ pool }: { pool: GatewayPool }) {
  const { t } = useTranslation();
  const { memberCount: count, healthyMemberCount: here } = pool;
  if (count === 0) return <StatusPill tone="waiting" label={t('gateways.pools.empty')} />;
  return <StatusPill tone={toneOf(here, count)} label={t('gateways.pools.here', { here, count })} />;
}

function toneOf(here: number, count: number): Tone {
  if (here === 0) return 'bad';
  return here < count ? 'warn' : 'good';
}
