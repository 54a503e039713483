import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { shellRoute } from '../app/shell-route.ts';
import { projectsQuery } from './queries.ts';

const startRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/projects' });
  },
});

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/projects',
  loader: ({ context }) => context.queryClient.ensureQueryData(projectsQuery),
  component: lazyRouteComponent(() => import('./ProjectsPage.tsx'), 'ProjectsPage'),
});

export const projectRoutes = [startRoute, listRoute] as const;
