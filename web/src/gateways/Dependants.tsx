import { List, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { GatewayResources, UsingSecret } from '../api/schema.ts';

/** As many of each kind as one looks through; how many there are besides is said. */
const MOST = 20;

/** What leads through a gateway or a pool, each with the way to its page. */
export function Dependants({ of }: { of: Partial<GatewayResources> }) {
  const { t } = useTranslation();
  const { dynamicSecrets = [], clusterConnections = [], gatewayPools = [], leaseIds = [] } = of;
  const connections = clusterConnections.map(({ clusterConnectionId: id, name }) => ({
    id,
    link: (
      <Link to="/clusters/$connection" params={{ connection: id }} translate="no">
        {name}
      </Link>
    ),
  }));
  const pools = gatewayPools.map(({ gatewayPoolId: id, name }) => ({
    id,
    link: (
      <Link to="/gateways/pools/$pool" params={{ pool: id }} translate="no">
        {name}
      </Link>
    ),
  }));
  const leases = leaseIds.map(id => ({
    id,
    link: (
      <Link to="/leases/$lease" params={{ lease: id }} className="mono" translate="no">
        {id}
      </Link>
    ),
  }));
  return (
    <Stack gap="xs">
      <Kind name={t('gateways.dependants.secrets')} all={dynamicSecrets.map(ofSecret)} />
      <Kind name={t('gateways.dependants.connections')} all={connections} />
      <Kind name={t('gateways.dependants.pools')} all={pools} />
      <Kind name={t('gateways.dependants.leases')} all={leases} />
    </Stack>
  );
}

/** Whether there is none. */
export function isUnused(users: GatewayResources): boolean {
  return Object.values(users).every(list => list.length === 0);
}

function Kind({ name, all }: { name: string; all: { id: string; link: ReactNode }[] }) {
  const { t } = useTranslation();
  if (all.length === 0) return null;
  const more = all.length - MOST;
  return (
    <div>
      <Text size="sm">{name}</Text>
      <List size="sm" aria-label={name}>
        {all.slice(0, MOST).map(({ id, link }) => (
          <List.Item key={id}>{link}</List.Item>
        ))}
        {more > 0 && <List.Item>{t('form.deleteMore', { count: more })}</List.Item>}
      </List>
    </div>
  );
}

function ofSecret({ dynamicSecretId, name, projectSlug, environmentSlug, path }: UsingSecret) {
  const where = [projectSlug, environmentSlug, ...(path === '/' ? [] : [path])].join(' · ');
  return {
    id: dynamicSecretId,
    link: (
      <span translate="no">
        <Link
          to="/p/$project/e/$environment/s/$name"
          params={{ project: projectSlug, environment: environmentSlug, name }}
          search={path === '/' ? {} : { path }}
        >
          {name}
        </Link>{' '}
        {where}
      </span>
    ),
  };
}
