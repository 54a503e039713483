import { createRoute } from '@tanstack/react-router';
import { page } from '../app/page.ts';
import { text } from '../app/search.ts';
import { shellRoute } from '../app/shell-route.ts';
import { type LeaseSearch, leaseSearch } from './search.ts';

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/leases',
  validateSearch: (search: Record<string, unknown>): LeaseSearch & { open?: string } => ({
    ...leaseSearch(search),
    ...text(search, 'open'),
  }),
  // Filters are asked for by the page, which keeps what is there while they change.
  loader: async ({ context: { queryClient }, location }) =>
    (await import('./prefetch.ts')).prefetch(queryClient, location.search),
  component: page(() => import('./LeasesPage.tsx'), 'LeasesPage'),
});

const oneRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/leases/$lease',
  validateSearch: (search: Record<string, unknown>) => text(search, 'project'),
  loaderDeps: ({ search: { project } }) => ({ project }),
  loader: async ({ context: { queryClient }, params, deps }) => {
    const { leaseQuery } = await import('./lease.ts');
    return queryClient.ensureQueryData(leaseQuery(deps.project, params.lease));
  },
  component: page(() => import('./LeasePage.tsx'), 'LeasePage'),
});

export const leaseRoutes = [listRoute, oneRoute] as const;
