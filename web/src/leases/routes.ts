import { createRoute } from '@tanstack/react-router';
import { page } from '../app/page.ts';
import { oneOf, text } from '../app/search.ts';
import { shellRoute } from '../app/shell-route.ts';
import { projectsQuery } from '../projects/queries.ts';
import { historyQuery, STATES } from './history.ts';
import { leaseQuery } from './lease.ts';

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/leases',
  validateSearch: (search: Record<string, unknown>) => ({
    ...text(search, 'project'),
    ...oneOf(search, 'state', STATES),
    ...text(search, 'q'),
    ...oneOf(search, 'who', ['me'] as const),
    ...oneOf(search, 'ends', ['soon'] as const),
    ...text(search, 'open'),
  }),
  loaderDeps: ({ search: { project, state } }) => ({ project, state }),
  loader: async ({ context: { queryClient }, deps }) => {
    const projects = await queryClient.ensureQueryData(projectsQuery);
    const project = projects.find(({ slug }) => slug === deps.project) ?? projects[0];
    if (project !== undefined)
      await queryClient.prefetchInfiniteQuery(historyQuery(project.slug, deps.state));
  },
  component: page(() => import('./LeasesPage.tsx'), 'LeasesPage'),
});

const oneRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/leases/$lease',
  validateSearch: (search: Record<string, unknown>) => text(search, 'project'),
  loaderDeps: ({ search: { project } }) => ({ project: project ?? '' }),
  loader: ({ context: { queryClient }, params, deps }) =>
    queryClient.ensureQueryData(leaseQuery(deps.project, params.lease)),
  component: page(() => import('./LeasePage.tsx'), 'LeasePage'),
});

export const leaseRoutes = [listRoute, oneRoute] as const;
