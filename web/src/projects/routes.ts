import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { shellRoute } from '../app/shell-route.ts';
import { projectsQuery } from './queries.ts';

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/projects',
  loader: ({ context }) => context.queryClient.ensureQueryData(projectsQuery),
  component: lazyRouteComponent(() => import('./ProjectsPage.tsx'), 'ProjectsPage'),
});

export const projectRoutes = [listRoute] as const;
