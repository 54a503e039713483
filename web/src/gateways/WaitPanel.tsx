import { List, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Gateway, GatewayDetails } from '../api/schema.ts';
import { formatAbsolute } from '../time/format.ts';
import { useWithTime } from '../time/use-now.ts';
import { Notice } from '../ui/Notice.tsx';
import { Panel } from '../ui/Panel.tsx';
import { StatusPill } from '../ui/StatusPill.tsx';
import { gatewayQuery, refusalsQuery } from './queries.ts';
import { isHere, roundTripOf } from './standing.ts';

/** After so long without a sign of it, something is probably wrong, in milliseconds. */
const PATIENCE = 60_000;

interface Props {
  gateway: Gateway;
  /** From when on it is waited for. */
  since: string;
  /** The code that it is to come with; null where it needs none. */
  codeId: string | null;
}

/** Waits for a process of a gateway: says at once when it is here, and after a while what may keep it away. */
export function WaitPanel({ gateway, since, codeId }: Props) {
  const { t } = useTranslation();
  const { data } = useQuery(gatewayQuery(gateway.id));
  const isConnected = data !== undefined && isHere(data.gateway) && isSince(data.gateway.connectedAt, since);
  return (
    <Panel title={t('gateways.wait')}>
      <div role="status">
        {isConnected ? (
          <Connected gateway={data.gateway} />
        ) : (
          <StatusPill tone="waiting" label={t('gateways.waiting')} />
        )}
      </div>
      {!isConnected && <Hints details={data} gatewayId={gateway.id} since={since} codeId={codeId} />}
    </Panel>
  );
}

function isSince(at: string | null | undefined, since: string): boolean {
  return at != null && Date.parse(at) >= Date.parse(since);
}

function Connected({ gateway }: { gateway: Gateway }) {
  const { t } = useTranslation();
  const milliseconds = roundTripOf(gateway);
  return (
    <Stack gap={4}>
      <StatusPill tone="good" label={t('gateways.connected')} />
      <Text size="sm">
        {t('gateways.connectedAs', { version: gateway.version ?? '–' })}{' '}
        {milliseconds !== null && t('gateways.milliseconds', { milliseconds })}
      </Text>
      {gateway.apiServer != null && (
        <Text size="sm">
          {t('gateways.speaksTo')}{' '}
          <span className="mono" translate="no">
            {gateway.apiServer}
          </span>
        </Text>
      )}
      <Link to="/gateways/$gateway" params={{ gateway: gateway.id }}>
        {t('gateways.toPage')}
      </Link>
    </Stack>
  );
}

interface HintsProps extends Omit<Props, 'gateway'> {
  details: GatewayDetails | undefined;
  gatewayId: string;
}

/** What was seen of it so far, and what else is worth a look once that takes long. */
function Hints({ details, gatewayId, since, codeId }: HintsProps) {
  const { t } = useTranslation();
  const isLong = useWithTime(now => now - Date.parse(since) > PATIENCE);
  // Whoever may not read the audit log goes without.
  const { data: refusals = [] } = useQuery(refusalsQuery(gatewayId, since));
  const isEnrolled = details?.instances.some(({ enrolledAt }) => isSince(enrolledAt, since)) ?? false;
  const isSpent = codeId !== null && details?.enrolments.every(({ id }) => id !== codeId) === true;
  const now = useWithTime(at => formatAbsolute(Math.floor(at / 1000) * 1000));
  return (
    <Stack gap="sm" mt="sm">
      {refusals.map(({ id, why }) => (
        <Notice key={id} tone="bad">
          {t('gateways.refused')} <span translate="no">{why}</span>
        </Notice>
      ))}
      {isEnrolled && <Notice tone="plain">{t('gateways.enrolledOnly')}</Notice>}
      {!isEnrolled && isSpent && <Notice tone="warn">{t('gateways.codeSpent')}</Notice>}
      {isLong && (
        <List size="sm" aria-label={t('gateways.hints')}>
          <List.Item>{t('gateways.hint.notRun')}</List.Item>
          <List.Item>
            {t('gateways.hint.noWay')}{' '}
            <span className="mono" translate="no">
              {location.origin}
            </span>
          </List.Item>
          <List.Item>
            {t('gateways.hint.clock')} <span translate="no">{now}</span>
          </List.Item>
          {codeId !== null && <List.Item>{t('gateways.hint.used')}</List.Item>}
        </List>
      )}
    </Stack>
  );
}
