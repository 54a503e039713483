import { createRoute } from '@tanstack/react-router';
import { page } from '../app/page.ts';
import { oneOf } from '../app/search.ts';
import { shellRoute } from '../app/shell-route.ts';
import { connectionQuery, connectionsQuery } from './queries.ts';

export const VIEWS = ['table', 'cards', 'map'] as const;
export const CLUSTER_TABS = ['health', 'objects', 'secrets', 'activity'] as const;

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/clusters',
  validateSearch: (search: Record<string, unknown>) => oneOf(search, 'view', VIEWS),
  loader: ({ context }) => context.queryClient.ensureQueryData(connectionsQuery),
  component: page(() => import('./ConnectionsPage.tsx'), 'ConnectionsPage'),
});

const newRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/clusters/new',
  validateSearch: (search: Record<string, unknown>) => oneOf(search, 'by', ['kubeconfig'] as const),
  component: page(() => import('./NewConnectionPage.tsx'), 'NewConnectionPage'),
});

const oneRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/clusters/$connection',
  validateSearch: (search: Record<string, unknown>) => oneOf(search, 'tab', CLUSTER_TABS),
  loader: ({ context, params }) => context.queryClient.ensureQueryData(connectionQuery(params.connection)),
  component: page(() => import('./ConnectionPage.tsx'), 'ConnectionPage'),
});

const editRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/clusters/$connection/edit',
  loader: ({ context, params }) => context.queryClient.ensureQueryData(connectionQuery(params.connection)),
  component: page(() => import('./EditConnectionPage.tsx'), 'EditConnectionPage'),
});

export const connectionRoutes = [listRoute, newRoute, oneRoute, editRoute] as const;
