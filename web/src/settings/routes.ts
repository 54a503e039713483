import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { shellRoute } from '../app/shell-route.ts';
import { projectQuery } from '../projects/queries.ts';

export const settingsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/p/$project/settings',
  loader: ({ context: { queryClient }, params }) => queryClient.ensureQueryData(projectQuery(params.project)),
  component: lazyRouteComponent(() => import('./SettingsPage.tsx'), 'SettingsPage'),
});
