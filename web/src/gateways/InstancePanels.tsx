import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { GatewayInstance, GatewayTunnel } from '../api/schema.ts';
import { useWithTime } from '../time/use-now.ts';
import { type Column, DataTable } from '../ui/DataTable.tsx';
import { Moment } from '../ui/Moment.tsx';
import { Panel } from '../ui/Panel.tsx';
import { StatusPill } from '../ui/StatusPill.tsx';

const name = (text: string | number) => <span translate="no">{text}</span>;

/** What is open between its processes and the server. */
export function TunnelsPanel({ tunnels }: { tunnels: GatewayTunnel[] }) {
  const { t } = useTranslation();
  // A process has several where there are several servers.
  const rows = tunnels.map((tunnel, index) => ({ ...tunnel, key: `${tunnel.instance} ${index}` }));
  const isElsewhere = tunnels.some(({ server }) => server != null);
  const unlessElsewhere = ({ server }: GatewayTunnel, text: ReactNode) => (server == null ? text : name('–'));
  const servers: Column<GatewayTunnel>[] = [
    {
      key: 'server',
      header: t('gateways.server'),
      cell: ({ server }) => (server == null ? t('gateways.thisServer') : name(server)),
    },
  ];
  return (
    <Panel title={t('gateways.tunnels')}>
      {rows.length === 0 ? (
        <Text size="sm">{t('gateways.noTunnels')}</Text>
      ) : (
        <DataTable
          label={t('gateways.tunnels')}
          columns={[
            { key: 'instance', header: t('gateways.instance'), cell: ({ instance }) => name(instance) },
            ...(isElsewhere ? servers : []),
            { key: 'health', header: t('gateways.state'), cell: tunnel => <Health tunnel={tunnel} /> },
            {
              key: 'roundTrip',
              header: t('gateways.roundTrip'),
              cell: ({ roundTripMs }) =>
                roundTripMs == null ? name('–') : t('gateways.milliseconds', { milliseconds: roundTripMs }),
            },
            {
              key: 'running',
              header: t('gateways.running'),
              cell: tunnel => unlessElsewhere(tunnel, name(tunnel.running)),
            },
            { key: 'version', header: t('gateways.version'), cell: ({ version }) => name(version) },
          ]}
          rows={rows}
          rowKey={({ key }) => key}
        />
      )}
    </Panel>
  );
}

function Health({ tunnel }: { tunnel: GatewayTunnel }) {
  const { t } = useTranslation();
  // How it is is known to the server that holds it.
  if (tunnel.server != null) return <StatusPill tone="plain" label={t('gateways.open')} />;
  const isGood = tunnel.health === 'good';
  return (
    <StatusPill tone={isGood ? 'good' : 'warn'} label={t(isGood ? 'gateways.good' : 'gateways.suspect')} />
  );
}

/** Its processes that were proven, whether they are here or not. */
export function InstancesPanel({ instances }: { instances: GatewayInstance[] }) {
  const { t } = useTranslation();
  return (
    <Panel title={t('gateways.instances')}>
      {instances.length === 0 ? (
        <Text size="sm">{t('gateways.noInstances')}</Text>
      ) : (
        <DataTable
          label={t('gateways.instances')}
          columns={[
            { key: 'name', header: t('gateways.instance'), cell: instance => name(instance.name) },
            {
              key: 'enrolled',
              header: t('gateways.enrolled'),
              cell: ({ enrolledAt }) => <Moment at={enrolledAt} />,
            },
            {
              key: 'generation',
              header: t('gateways.generation'),
              cell: ({ generation }) => name(generation),
            },
            {
              key: 'expires',
              header: t('gateways.certificateEnds'),
              cell: ({ certificateExpiresAt }) => <CertificateEnd at={certificateExpiresAt} />,
            },
          ]}
          rows={instances}
          rowKey={instance => instance.name}
        />
      )}
    </Panel>
  );
}

function CertificateEnd({ at }: { at: string }) {
  const { t } = useTranslation();
  const isOver = useWithTime(now => Date.parse(at) <= now);
  return (
    <>
      <Moment at={at} /> {isOver && <StatusPill tone="bad" label={t('gateways.enrolAnew')} />}
    </>
  );
}
