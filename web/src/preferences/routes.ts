import { createRoute, redirect } from '@tanstack/react-router';
import { passkeysQuery, sessionsQuery } from '../account/queries.ts';
import { page } from '../app/page.ts';
import { shellRoute } from '../app/shell-route.ts';

export const SECTIONS = [
  'account',
  'appearance',
  'keyboard',
  'notifications',
  'organization',
  'about',
] as const;
export type Section = (typeof SECTIONS)[number];

const startRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/settings',
  beforeLoad: () => {
    throw redirect({ to: '/settings/$section', params: { section: 'account' } });
  },
});

const sectionRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/settings/$section',
  loader: async ({ context: { queryClient }, params }) => {
    if (params.section !== 'account') return;
    await Promise.all([queryClient.ensureQueryData(sessionsQuery), queryClient.prefetchQuery(passkeysQuery)]);
  },
  component: page(() => import('./PreferencesPage.tsx'), 'PreferencesPage'),
});

export const preferenceRoutes = [startRoute, sectionRoute] as const;
