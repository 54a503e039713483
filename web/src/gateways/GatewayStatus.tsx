import { useTranslation } from 'react-i18next';
import type { Gateway } from '../api/schema.ts';
import { StatusPill } from '../ui/StatusPill.tsx';
import { standingOf, toneOf } from './standing.ts';

/** How a gateway is, in one word. */
export function GatewayStatus({ gateway }: { gateway: Pick<Gateway, 'state'> }) {
  const { t } = useTranslation();
  const standing = standingOf(gateway);
  const label = standing === null ? gateway.state : t(`gateways.states.${standing}`);
  return <StatusPill tone={toneOf(standing)} label={label} />;
}
