import { createRoute } from '@tanstack/react-router';
import { page } from '../app/page.ts';
import { text } from '../app/search.ts';
import { shellRoute } from '../app/shell-route.ts';
import { projectsQuery } from '../projects/queries.ts';

export const approvalsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/approvals',
  validateSearch: (search: Record<string, unknown>) => text(search, 'project'),
  loader: ({ context: { queryClient } }) => queryClient.ensureQueryData(projectsQuery),
  component: page(() => import('./ApprovalsPage.tsx'), 'ApprovalsPage'),
});
