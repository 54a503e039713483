import { Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Gateway, GatewayPool } from '../../api/schema.ts';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { GatewayStatus } from '../GatewayStatus.tsx';
import { watchedGatewaysQuery } from '../queries.ts';
import { PoolStatus } from './PoolStatus.tsx';

export function PoolTable({ pools }: { pools: GatewayPool[] }) {
  const { t } = useTranslation();
  const { data: gateways = [] } = useQuery({ ...watchedGatewaysQuery, retry: false });
  const columns: Column<GatewayPool>[] = [
    {
      key: 'name',
      header: t('clusters.name'),
      cell: ({ id, name }) => (
        <Link to="/gateways/pools/$pool" params={{ pool: id }} translate="no">
          {name}
        </Link>
      ),
    },
    { key: 'state', header: t('gateways.state'), cell: pool => <PoolStatus pool={pool} /> },
    {
      key: 'members',
      header: t('gateways.pools.members'),
      cell: ({ memberGatewayIds }) => <Members ids={memberGatewayIds} gateways={gateways} />,
    },
    {
      key: 'uses',
      header: t('gateways.uses'),
      cell: ({ connectedResourcesCount }) => <span translate="no">{connectedResourcesCount}</span>,
    },
  ];
  return (
    <DataTable label={t('gateways.pools.title')} columns={columns} rows={pools} rowKey={({ id }) => id} />
  );
}

/** Each gateway of it with its state, or its id where that is all that is known. */
function Members({ ids, gateways }: { ids: string[]; gateways: Gateway[] }) {
  const { t } = useTranslation();
  if (ids.length === 0) return t('ui.none');
  return ids.map(id => {
    const gateway = gateways.find(one => one.id === id);
    return (
      <Group key={id} gap="sm">
        <span translate="no">{gateway?.name ?? id}</span>
        {gateway !== undefined && <GatewayStatus gateway={gateway} />}
      </Group>
    );
  });
}
