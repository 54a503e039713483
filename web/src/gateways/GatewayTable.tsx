import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Gateway } from '../api/schema.ts';
import { type Column, DataTable } from '../ui/DataTable.tsx';
import { GatewayStatus } from './GatewayStatus.tsx';
import { LastSeen } from './LastSeen.tsx';
import { instancesOf, roundTripOf } from './standing.ts';

export function GatewayTable({ gateways }: { gateways: Gateway[] }) {
  const { t } = useTranslation();
  const plain = (value: string | number | null | undefined) => <span translate="no">{value ?? '–'}</span>;
  const columns: Column<Gateway>[] = [
    {
      key: 'name',
      header: t('clusters.name'),
      cell: ({ id, name }) => (
        <Link to="/gateways/$gateway" params={{ gateway: id }} translate="no">
          {name}
        </Link>
      ),
    },
    { key: 'state', header: t('gateways.state'), cell: gateway => <GatewayStatus gateway={gateway} /> },
    {
      key: 'tunnels',
      header: t('gateways.instancesAndTunnels'),
      cell: gateway => plain(`${instancesOf(gateway)} / ${gateway.tunnels.length}`),
    },
    { key: 'version', header: t('gateways.version'), cell: ({ version }) => plain(version) },
    {
      key: 'roundTrip',
      header: t('gateways.roundTrip'),
      cell: gateway => {
        const milliseconds = roundTripOf(gateway);
        return milliseconds === null ? plain(null) : t('gateways.milliseconds', { milliseconds });
      },
    },
    { key: 'seen', header: t('gateways.lastSeen'), cell: gateway => <LastSeen gateway={gateway} /> },
    { key: 'uses', header: t('gateways.uses'), cell: gateway => plain(gateway.connectedResourcesCount) },
  ];
  return <DataTable label={t('places.gateways')} columns={columns} rows={gateways} rowKey={({ id }) => id} />;
}
