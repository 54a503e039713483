import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { shellRoute } from '../app/shell-route.ts';
import { sessionsQuery } from './queries.ts';

export const accountRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/settings/account',
  loader: ({ context }) => context.queryClient.ensureQueryData(sessionsQuery),
  component: lazyRouteComponent(() => import('./AccountPage.tsx'), 'AccountPage'),
});
