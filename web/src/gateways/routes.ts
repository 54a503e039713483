import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { shellRoute } from '../app/shell-route.ts';
import { gatewaysQuery } from '../connections/queries.ts';

export const gatewaysRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/gateways',
  loader: ({ context }) => context.queryClient.ensureQueryData(gatewaysQuery),
  component: lazyRouteComponent(() => import('./GatewaysPage.tsx'), 'GatewaysPage'),
});
