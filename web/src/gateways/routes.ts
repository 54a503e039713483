import { createRoute } from '@tanstack/react-router';
import { page } from '../app/page.ts';
import { oneOf } from '../app/search.ts';
import { shellRoute } from '../app/shell-route.ts';
import { poolQuery, poolsQuery } from './pools/queries.ts';
import { gatewayPagesQuery, gatewayQuery } from './queries.ts';

export const GATEWAY_TABS = ['status', 'policy', 'activity'] as const;

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/gateways',
  loader: ({ context }) => context.queryClient.ensureInfiniteQueryData(gatewayPagesQuery),
  component: page(() => import('./GatewaysPage.tsx'), 'GatewaysPage'),
});

const newRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/gateways/new',
  component: page(() => import('./NewGatewayPage.tsx'), 'NewGatewayPage'),
});

const oneRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/gateways/$gateway',
  validateSearch: (search: Record<string, unknown>) => oneOf(search, 'tab', GATEWAY_TABS),
  loader: ({ context, params }) => context.queryClient.ensureQueryData(gatewayQuery(params.gateway)),
  component: page(() => import('./GatewayPage.tsx'), 'GatewayPage'),
});

const enrolRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/gateways/$gateway/enrol',
  loader: ({ context, params }) => context.queryClient.ensureQueryData(gatewayQuery(params.gateway)),
  component: page(() => import('./EnrolPage.tsx'), 'EnrolPage'),
});

const poolsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/gateways/pools',
  loader: ({ context }) => context.queryClient.ensureQueryData(poolsQuery),
  component: page(() => import('./pools/PoolsPage.tsx'), 'PoolsPage'),
});

const poolRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/gateways/pools/$pool',
  loader: ({ context, params }) => context.queryClient.ensureQueryData(poolQuery(params.pool)),
  component: page(() => import('./pools/PoolPage.tsx'), 'PoolPage'),
});

export const gatewayRoutes = [listRoute, newRoute, oneRoute, enrolRoute, poolsRoute, poolRoute] as const;
