import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { oneOf, text } from '../app/search.ts';
import { shellRoute } from '../app/shell-route.ts';
import { projectsQuery } from '../projects/queries.ts';
import { historyQuery, STATES } from './history.ts';

export const leasesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/leases',
  validateSearch: (search: Record<string, unknown>) => ({
    ...text(search, 'project'),
    ...oneOf(search, 'state', STATES),
  }),
  loaderDeps: ({ search }) => search,
  loader: async ({ context: { queryClient }, deps }) => {
    const projects = await queryClient.ensureQueryData(projectsQuery);
    const project = projects.find(({ slug }) => slug === deps.project) ?? projects[0];
    if (project !== undefined)
      await queryClient.prefetchInfiniteQuery(historyQuery(project.slug, deps.state));
  },
  component: lazyRouteComponent(() => import('./LeasesPage.tsx'), 'LeasesPage'),
});
