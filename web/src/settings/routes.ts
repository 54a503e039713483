import { createRoute } from '@tanstack/react-router';
import { page } from '../app/page.ts';
import { shellRoute } from '../app/shell-route.ts';
import { projectQuery } from '../projects/queries.ts';

export const settingsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/p/$project/settings',
  loader: ({ context: { queryClient }, params }) => queryClient.ensureQueryData(projectQuery(params.project)),
  component: page(() => import('./SettingsPage.tsx'), 'SettingsPage'),
});
