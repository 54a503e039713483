import { Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Gateway, GatewayDetails } from '../api/schema.ts';
import { statusQuery } from '../session/queries.ts';
import { formatDuration } from '../time/duration.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { Fact, Facts } from '../ui/Facts.tsx';
import { Moment } from '../ui/Moment.tsx';
import { Notice } from '../ui/Notice.tsx';
import { Panel } from '../ui/Panel.tsx';
import { AccountPanel } from './AccountPanel.tsx';
import { CodesPanel } from './CodesPanel.tsx';
import { DependantsPanel } from './DependantsPanel.tsx';
import { GatewayStatus } from './GatewayStatus.tsx';
import { InstancesPanel, TunnelsPanel } from './InstancePanels.tsx';
import { LastSeen } from './LastSeen.tsx';
import { dependantsQuery } from './queries.ts';
import { closedAtAgeOf, proxiesOf, refusedOf, roundTripOf, skewOf } from './standing.ts';
import { UnlockDialog } from './UnlockDialog.tsx';

/** How a gateway is now, and which processes it has. */
export function StatusTab({ details }: { details: GatewayDetails }) {
  const { gateway, instances, enrolments, enrolmentText } = details;
  const dependants = useQuery(dependantsQuery(gateway.id));
  return (
    <Stack gap="md">
      <Standing gateway={gateway} />
      <StatusPanel gateway={gateway} />
      <TunnelsPanel tunnels={gateway.tunnels} />
      <InstancesPanel instances={instances} />
      {gateway.enrolment.method === 'token' ? (
        <CodesPanel gatewayId={gateway.id} codes={enrolments} />
      ) : (
        <AccountPanel gateway={gateway} enrolmentText={enrolmentText} />
      )}
      <DependantsPanel query={dependants} />
    </Stack>
  );
}

/** Why nobody may come as it, where that is so. */
function Standing({ gateway }: { gateway: Gateway }) {
  const { t } = useTranslation();
  const [isUnlocking, setIsUnlocking] = useState(false);
  if (gateway.state === 'revoked') return <Notice tone="warn">{t('gateways.revokedWhy')}</Notice>;
  if (gateway.state !== 'locked') return null;
  return (
    <Notice tone="bad">
      <Text size="sm">
        {t('gateways.lockedWhy')} <span translate="no">{gateway.lockedBecause}</span>
      </Text>
      <Text size="sm">{t('gateways.lockedThen')}</Text>
      <ActionButton mt="xs" size="compact-sm" variant="default" onClick={() => setIsUnlocking(true)}>
        {t('gateways.unlock')}
      </ActionButton>
      {isUnlocking && <UnlockDialog gateway={gateway} onClose={() => setIsUnlocking(false)} />}
    </Notice>
  );
}

/** Where its versions are not all one, and that of this server. */
function Skew({ gateway }: { gateway: Gateway }) {
  const { t } = useTranslation();
  const { data: status } = useQuery(statusQuery);
  const skew = skewOf(gateway, status?.version);
  if (skew === null) return null;
  return (
    <Text size="sm" c="dimmed">
      {t(`gateways.skew.${skew.of}`)} <span translate="no">{skew.versions}</span>
    </Text>
  );
}

/** What its processes say of their way to here. */
function WayThere({ gateway }: { gateway: Gateway }) {
  const { t } = useTranslation();
  const [proxies, age, refused] = [proxiesOf(gateway), closedAtAgeOf(gateway), refusedOf(gateway)];
  return (
    <>
      {proxies.length > 0 && (
        <Fact name={t('gateways.proxy')}>
          <span translate="no">{proxies.join(', ')}</span>
        </Fact>
      )}
      {age !== null && (
        <Fact name={t('gateways.closedAtAge')}>
          {t('gateways.closedAtAgeHelp', { age: formatDuration(age) })}
        </Fact>
      )}
      {refused !== null && (
        <Fact name={t('gateways.refusedByGateway')}>
          <span translate="no">{refused}</span>
        </Fact>
      )}
    </>
  );
}

function StatusPanel({ gateway }: { gateway: Gateway }) {
  const { t } = useTranslation();
  const roundTrip = roundTripOf(gateway);
  const { namespace, serviceAccountName, method } = gateway.enrolment;
  const value = (text: string | number | null | undefined) => <span translate="no">{text ?? '–'}</span>;
  return (
    <Panel title={t('gateways.tabs.status')}>
      <Facts>
        <Fact name={t('gateways.state')}>
          <GatewayStatus gateway={gateway} />
        </Fact>
        <Fact name={t('gateways.lastSeen')}>
          <LastSeen gateway={gateway} />
        </Fact>
        <Fact name={t('gateways.version')}>
          {value(gateway.version)} <Skew gateway={gateway} />
        </Fact>
        <Fact name={t('gateways.roundTrip')}>
          {roundTrip === null ? value(null) : t('gateways.milliseconds', { milliseconds: roundTrip })}
        </Fact>
        <WayThere gateway={gateway} />
        <Fact name={t('gateways.speaksTo')}>{value(gateway.apiServer)}</Fact>
        <Fact name={t('gateways.method')}>
          {method === 'service-account' ? (
            <>
              {t('gateways.methods.service-account')} {value(`${namespace}/${serviceAccountName}`)}
            </>
          ) : (
            t('gateways.methods.token')
          )}
        </Fact>
        <Fact name={t('gateways.uses')}>{value(gateway.connectedResourcesCount)}</Fact>
        <Fact name={t('gateways.made')}>
          <Moment at={gateway.createdAt} />
        </Fact>
      </Facts>
    </Panel>
  );
}
