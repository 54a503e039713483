import type { Person } from './people.ts';

/** The machine that comes with the organization. */
const FIRST = 'Instance Admin Identity';

interface Listed {
  identity: { id: string; name: string };
}

/** Every page there is, with what its heading says. Words in capitals stand for the id of one. */
export const PAGES = [
  { name: 'home', path: '/', heading: 'Home' },
  { name: 'projects', path: '/projects', heading: 'Projects' },
  { name: 'overview', path: '/p/web-shop/overview', heading: 'Secret Overview' },
  { name: 'secret', path: '/p/web-shop/e/dev/s/deploy-bot', heading: 'deploy-bot' },
  { name: 'configuration', path: '/p/web-shop/e/dev/s/deploy-bot?tab=configuration', heading: 'deploy-bot' },
  { name: 'permissions', path: '/p/web-shop/e/dev/s/read-logs?tab=permissions', heading: 'read-logs' },
  { name: 'use', path: '/p/web-shop/e/dev/s/deploy-bot?tab=use', heading: 'deploy-bot' },
  { name: 'generate', path: '/p/web-shop/e/dev/s/deploy-bot?generate=1&ttl=45m', heading: 'deploy-bot' },
  { name: 'policies', path: '/p/web-shop/settings', heading: 'Project settings' },
  { name: 'environments', path: '/p/web-shop/settings?tab=environments', heading: 'Project settings' },
  { name: 'general', path: '/p/web-shop/settings?tab=general', heading: 'Project settings' },
  { name: 'add', path: '/p/web-shop/e/dev/new', heading: 'Add Dynamic Secret' },
  { name: 'edit', path: '/p/web-shop/e/dev/s/read-logs/edit', heading: 'Edit read-logs' },
  { name: 'lease', path: '/leases/LEASE?project=web-shop', heading: 'Lease' },
  { name: 'leases', path: '/leases', heading: 'Leases' },
  { name: 'clusters', path: '/clusters', heading: 'Clusters' },
  { name: 'clusters-cards', path: '/clusters?view=cards', heading: 'Clusters' },
  { name: 'clusters-map', path: '/clusters?view=map', heading: 'Clusters' },
  { name: 'cluster', path: '/clusters/CONNECTION', heading: 'eu-1' },
  { name: 'cluster-objects', path: '/clusters/CONNECTION?tab=objects', heading: 'eu-1' },
  { name: 'cluster-activity', path: '/clusters/CONNECTION?tab=activity', heading: 'eu-1' },
  { name: 'cluster-edit', path: '/clusters/CONNECTION/edit', heading: 'Edit eu-1' },
  { name: 'connect', path: '/clusters/new', heading: 'Connect a cluster' },
  { name: 'approvals', path: '/approvals', heading: 'Approvals' },
  { name: 'users', path: '/access/users', heading: 'Access' },
  { name: 'identities', path: '/access/identities', heading: 'Access' },
  { name: 'groups', path: '/access/groups', heading: 'Access' },
  { name: 'members', path: '/access/members', heading: 'Access' },
  { name: 'identity', path: '/access/identities/IDENTITY', heading: FIRST },
  { name: 'roles', path: '/access/roles', heading: 'Access' },
  { name: 'who-can', path: '/access/check', heading: 'Access' },
  { name: 'audit', path: '/audit', heading: 'Audit log' },
  { name: 'event', path: '/audit/EVENT', heading: 'create-project' },
  { name: 'gateways', path: '/gateways', heading: 'Gateways' },
  { name: 'gateway', path: '/gateways/GATEWAY', heading: 'gw-eu' },
  { name: 'gateway-enrol', path: '/gateways/GATEWAY/enrol', heading: 'Enrol as gw-eu' },
  { name: 'gateway-pools', path: '/gateways/pools', heading: 'Gateways' },
  { name: 'gateway-pool', path: '/gateways/pools/POOL', heading: 'pool-eu' },
  { name: 'gateway-new', path: '/gateways/new', heading: 'New gateway' },
  { name: 'account', path: '/settings/account', heading: 'Settings' },
  { name: 'appearance', path: '/settings/appearance', heading: 'Settings' },
  { name: 'keyboard', path: '/settings/keyboard', heading: 'Settings' },
  { name: 'notifications', path: '/settings/notifications', heading: 'Settings' },
  { name: 'organization', path: '/settings/organization', heading: 'Settings' },
  { name: 'about', path: '/settings/about', heading: 'Settings' },
  { name: 'nowhere', path: '/p/web-shop/e/dev/s/no-such-thing', heading: 'Not found' },
] as const;

/** The addresses with what stands for something put in. */
export async function pages(ana: Person) {
  const { clusterConnections } = await ana.ask('GET', '/api/v1/cluster-connections');
  const { leases } = await ana.ask('GET', '/api/v1/leases?projectSlug=web-shop&limit=1');
  const { events } = await ana.ask('GET', '/api/v1/audit-events?kind=create-project&limit=1');
  const { gateways } = await ana.ask('GET', '/api/v1/gateways?limit=1');
  const [pool] = await ana.ask('GET', '/api/v1/gateway-pools');
  const { identities } = await ana.ask('GET', '/api/v1/identities?limit=100');
  const ids = {
    CONNECTION: clusterConnections[0].id,
    GATEWAY: gateways[0].id,
    POOL: pool.id,
    LEASE: leases[0].id,
    EVENT: events[0].id,
    IDENTITY: identities.find((one: Listed) => one.identity.name === FIRST).identity.id,
  };
  return PAGES.map(page => ({
    ...page,
    path: page.path.replace(
      /CONNECTION|GATEWAY|POOL|LEASE|EVENT|IDENTITY/,
      name => ids[name as keyof typeof ids],
    ),
  }));
}
