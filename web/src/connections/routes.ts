import { createRoute } from '@tanstack/react-router';
import { page } from '../app/page.ts';
import { shellRoute } from '../app/shell-route.ts';
import { connectionQuery, connectionsQuery } from './queries.ts';

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/clusters',
  loader: ({ context }) => context.queryClient.ensureQueryData(connectionsQuery),
  component: page(() => import('./ConnectionsPage.tsx'), 'ConnectionsPage'),
});

const newRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/clusters/new',
  component: page(() => import('./NewConnectionPage.tsx'), 'NewConnectionPage'),
});

const oneRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/clusters/$connection',
  loader: ({ context, params }) => context.queryClient.ensureQueryData(connectionQuery(params.connection)),
  component: page(() => import('./ConnectionPage.tsx'), 'ConnectionPage'),
});

export const connectionRoutes = [listRoute, newRoute, oneRoute] as const;
