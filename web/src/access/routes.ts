import { createRoute, redirect } from '@tanstack/react-router';
import { page } from '../app/page.ts';
import { text } from '../app/search.ts';
import { shellRoute } from '../app/shell-route.ts';
import { projectsQuery } from '../projects/queries.ts';
import { identityQuery } from './queries.ts';

export const ACCESS_TABS = ['users', 'identities', 'groups', 'members', 'roles', 'check'] as const;
export type AccessTab = (typeof ACCESS_TABS)[number];

const startRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/access',
  beforeLoad: () => {
    throw redirect({ to: '/access/$tab', params: { tab: 'users' } });
  },
});

const tabRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/access/$tab',
  validateSearch: (search: Record<string, unknown>) => ({
    ...text(search, 'project'),
    ...text(search, 'env'),
    ...text(search, 'path'),
    ...text(search, 'action'),
    ...text(search, 'who'),
  }),
  loader: ({ context: { queryClient } }) => queryClient.ensureQueryData(projectsQuery),
  component: page(() => import('./AccessPage.tsx'), 'AccessPage'),
});

const identityRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/access/identities/$identity',
  loader: ({ context: { queryClient }, params }) =>
    queryClient.ensureQueryData(identityQuery(params.identity)),
  component: page(() => import('./IdentityPage.tsx'), 'IdentityPage'),
});

export const accessRoutes = [startRoute, tabRoute, identityRoute] as const;
