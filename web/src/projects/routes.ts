import { createRoute } from '@tanstack/react-router';
import { page } from '../app/page.ts';
import { shellRoute } from '../app/shell-route.ts';
import { projectsQuery } from './queries.ts';

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/projects',
  loader: ({ context }) => context.queryClient.ensureQueryData(projectsQuery),
  component: page(() => import('./ProjectsPage.tsx'), 'ProjectsPage'),
});

export const projectRoutes = [listRoute] as const;
