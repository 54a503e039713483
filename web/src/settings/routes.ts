import { createRoute } from '@tanstack/react-router';
import { page } from '../app/page.ts';
import { oneOf } from '../app/search.ts';
import { shellRoute } from '../app/shell-route.ts';
import { projectQuery } from '../projects/queries.ts';

export const SETTINGS_TABS = ['policies', 'environments', 'general'] as const;

export const settingsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/p/$project/settings',
  validateSearch: (search: Record<string, unknown>) => oneOf(search, 'tab', SETTINGS_TABS),
  loader: ({ context: { queryClient }, params }) => queryClient.ensureQueryData(projectQuery(params.project)),
  component: page(() => import('./SettingsPage.tsx'), 'SettingsPage'),
});
