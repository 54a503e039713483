import { Group, Select, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Gateway, GatewayPool } from '../api/schema.ts';
import { GatewayStatus } from './GatewayStatus.tsx';
import { LastSeen } from './LastSeen.tsx';
import type { Policy } from './policy.ts';
import { PoolStatus } from './pools/PoolStatus.tsx';
import { poolsQuery } from './pools/queries.ts';
import { gatewaysQuery } from './queries.ts';
import { NONE, policiesOf, type Via } from './way.ts';

const INTERNET = 'internet';
const GATEWAY = 'gateway ';
const POOL = 'pool ';

interface Props {
  authMethod: 'api' | 'gateway';
  via: Via;
  /** With what those that may be asked let pass. */
  onChoose: (via: Via, policies: Policy[]) => void;
  faults: Record<string, string>;
  /** In the place of the usual words. */
  help?: string | undefined;
  isDisabled?: boolean;
}

/** The gateway or the pool that does the work or is on the way, with how each of them is now. */
export function ViaField({ authMethod, via, onChoose, faults, help, isDisabled = false }: Props) {
  const { t } = useTranslation();
  const { data: gateways = [], error, isSuccess } = useQuery({ ...gatewaysQuery, retry: false });
  const { data: pools = [] } = useQuery({ ...poolsQuery, retry: false });
  const doesWork = authMethod === 'gateway';
  const value = choiceOf(via);
  const own = gateways.map(({ id, name }) => ({ value: GATEWAY + id, label: name }));
  const pooled = pools.map(({ id, name }) => ({ value: POOL + id, label: name }));
  const all = [...own, ...pooled];
  const isUnknown = value !== INTERNET && all.every(one => one.value !== value);
  const data = [
    ...(doesWork ? [] : [{ value: INTERNET, label: t('form.internetGateway') }]),
    ...(isUnknown ? [{ value, label: via.gatewayPoolId || via.gatewayId }] : []),
    ...(pooled.length === 0
      ? own
      : [
          { group: t('gateways.lists.gateways'), items: own },
          { group: t('gateways.lists.pools'), items: pooled },
        ]),
  ];

  function usualHelp(): string {
    if (error !== null) return t('form.gatewayUnseen');
    return t(doesWork ? 'form.gatewayDoesHelp' : 'form.gatewayHelp');
  }

  function choose(chosen: string | null) {
    const next = viaOf(chosen);
    onChoose(next, policiesOf(next, gateways, pools));
  }

  const how = (of: string) => (
    <How
      gateway={gateways.find(({ id }) => GATEWAY + id === of)}
      pool={pools.find(({ id }) => POOL + id === of)}
    />
  );

  return (
    <Stack gap={6}>
      <Select
        label={t('form.gatewayField')}
        description={help ?? usualHelp()}
        placeholder={t('form.chooseGateway')}
        data={data}
        value={value === INTERNET && doesWork ? null : value}
        onChange={choose}
        renderOption={({ option }) => (
          <Option label={option.label} isName={option.value !== INTERNET}>
            {how(option.value)}
          </Option>
        )}
        error={faults.gatewayId ?? faults.gatewayPoolId}
        disabled={isDisabled}
        allowDeselect={false}
        searchable={all.length > 8}
        required={doesWork}
      />
      {how(value)}
      {doesWork && isSuccess && gateways.length === 0 && (
        <Text size="sm">
          {t('form.noGateways')} <Link to="/gateways/new">{t('form.makeGateway')}</Link>
        </Text>
      )}
    </Stack>
  );
}

function choiceOf({ gatewayId, gatewayPoolId }: Via): string {
  if (gatewayPoolId !== '') return POOL + gatewayPoolId;
  return gatewayId === '' ? INTERNET : GATEWAY + gatewayId;
}

function viaOf(value: string | null): Via {
  if (value?.startsWith(POOL)) return { ...NONE, gatewayPoolId: value.slice(POOL.length) };
  return value?.startsWith(GATEWAY) ? { ...NONE, gatewayId: value.slice(GATEWAY.length) } : NONE;
}

function Option({ label, isName, children }: { label: string; isName: boolean; children: ReactNode }) {
  return (
    <div>
      <div translate={isName ? 'no' : 'yes'}>{label}</div>
      {children}
    </div>
  );
}

/** Its state, and when it was there; of a pool, how many of its gateways are. */
function How({ gateway, pool }: { gateway: Gateway | undefined; pool: GatewayPool | undefined }) {
  if (pool !== undefined) return <PoolStatus pool={pool} />;
  if (gateway === undefined) return null;
  return (
    <Group gap="sm">
      <GatewayStatus gateway={gateway} />
      {gateway.connectedAt != null && (
        <Text size="sm" c="dimmed" component="div">
          <LastSeen gateway={gateway} isFocusable={false} />
        </Text>
      )}
    </Group>
  );
}
