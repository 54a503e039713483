import { createRoute } from '@tanstack/react-router';
import { page } from '../app/page.ts';
import { shellRoute } from '../app/shell-route.ts';
import { gatewaysQuery } from '../connections/queries.ts';

export const gatewaysRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/gateways',
  loader: ({ context }) => context.queryClient.ensureQueryData(gatewaysQuery),
  component: page(() => import('./GatewaysPage.tsx'), 'GatewaysPage'),
});
