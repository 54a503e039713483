import { Group, Select, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../../api/client.ts';
import type { Gateway, GatewayPool } from '../../api/schema.ts';
import { useAct } from '../../app/use-act.ts';
import { ActionButton } from '../../ui/ActionButton.tsx';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { Failure } from '../../ui/Failure.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { GatewayStatus } from '../GatewayStatus.tsx';
import { LastSeen } from '../LastSeen.tsx';
import { watchedGatewaysQuery } from '../queries.ts';
import { RowAct } from '../RowAct.tsx';

/** A gateway of a pool; whoever may not see gateways knows its id alone. */
interface Member {
  id: string;
  gateway: Gateway | undefined;
}

/** Which gateways are in a pool, and how each of them is now. */
export function MembersPanel({ pool }: { pool: GatewayPool }) {
  const { t } = useTranslation();
  const { data: gateways = [] } = useQuery({ ...watchedGatewaysQuery, retry: false });
  const members = pool.memberGatewayIds.map(id => ({ id, gateway: gateways.find(one => one.id === id) }));
  const columns: Column<Member>[] = [
    {
      key: 'name',
      header: t('clusters.name'),
      cell: ({ id, gateway }) => (
        <Link to="/gateways/$gateway" params={{ gateway: id }} translate="no">
          {gateway?.name ?? id}
        </Link>
      ),
    },
    {
      key: 'state',
      header: t('gateways.state'),
      cell: ({ gateway }) => (gateway === undefined ? '–' : <GatewayStatus gateway={gateway} />),
    },
    {
      key: 'seen',
      header: t('gateways.lastSeen'),
      cell: ({ gateway }) => (gateway === undefined ? '–' : <LastSeen gateway={gateway} />),
    },
    {
      key: 'actions',
      header: t('leases.actions'),
      isQuiet: true,
      cell: member => <TakeOut pool={pool} member={member} />,
    },
  ];
  return (
    <Panel title={t('gateways.pools.members')}>
      <Stack gap="md">
        {members.length === 0 ? (
          <Text size="sm">{t('gateways.pools.noMembers')}</Text>
        ) : (
          <DataTable
            label={t('gateways.pools.members')}
            columns={columns}
            rows={members}
            rowKey={({ id }) => id}
          />
        )}
        <Adding pool={pool} gateways={gateways} />
      </Stack>
    </Panel>
  );
}

/** It can be put into it again. */
function TakeOut({ pool, member: { id, gateway } }: { pool: GatewayPool; member: Member }) {
  const { t } = useTranslation();
  const takeOut = () => {
    const params = { path: { poolId: pool.id, gatewayId: id } };
    return body(api.DELETE('/api/v1/gateway-pools/{poolId}/memberships/{gatewayId}', { params }));
  };
  const name = t('gateways.pools.takeOutNamed', { name: gateway?.name ?? id });
  return <RowAct act={takeOut} label={t('gateways.pools.takeOut')} name={name} />;
}

function Adding({ pool, gateways }: { pool: GatewayPool; gateways: Gateway[] }) {
  const { t } = useTranslation();
  const others = gateways.filter(({ id }) => !pool.memberGatewayIds.includes(id));
  const [chosen, setChosen] = useState<string | null>(null);
  const add = useAct(
    (gatewayId: string) => {
      const params = { path: { poolId: pool.id } };
      return body(api.POST('/api/v1/gateway-pools/{poolId}/memberships', { params, body: { gatewayId } }));
    },
    ['gateways'],
    () => setChosen(null),
  );

  function reason(): string | null {
    if (gateways.length === 0) return t('form.noGateways');
    if (others.length === 0) return t('gateways.pools.allIn');
    return chosen === null ? t('gateways.pools.chooseFirst') : null;
  }

  return (
    <>
      <Group align="flex-end" gap="sm">
        <Select
          label={t('gateways.pools.add')}
          description={t('gateways.pools.addHelp')}
          data={others.map(({ id, name }) => ({ value: id, label: name }))}
          value={chosen}
          onChange={setChosen}
          searchable={others.length > 8}
        />
        <ActionButton
          variant="default"
          reason={reason()}
          loading={add.isPending}
          onClick={() => chosen !== null && add.mutate(chosen)}
        >
          {t('ui.add')}
        </ActionButton>
      </Group>
      <Failure of={add.error} />
    </>
  );
}
