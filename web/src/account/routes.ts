import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { shellRoute } from '../app/shell-route.ts';
import { passkeysQuery, sessionsQuery } from './queries.ts';

export const accountRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/settings/account',
  loader: async ({ context: { queryClient } }) => {
    await Promise.all([queryClient.ensureQueryData(sessionsQuery), queryClient.prefetchQuery(passkeysQuery)]);
  },
  component: lazyRouteComponent(() => import('./AccountPage.tsx'), 'AccountPage'),
});
