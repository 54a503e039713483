import { createRoute } from '@tanstack/react-router';
import { page } from '../app/page.ts';
import { text } from '../app/search.ts';
import { shellRoute } from '../app/shell-route.ts';
import { projectsQuery } from '../projects/queries.ts';

export const auditRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/audit',
  validateSearch: (search: Record<string, unknown>) => ({
    ...text(search, 'project'),
    ...text(search, 'kind'),
    ...text(search, 'outcome'),
    ...text(search, 'actor'),
    ...text(search, 'lease'),
    ...text(search, 'cluster'),
    ...text(search, 'from'),
    ...text(search, 'to'),
  }),
  loader: ({ context: { queryClient } }) => queryClient.ensureQueryData(projectsQuery),
  component: page(() => import('./AuditPage.tsx'), 'AuditPage'),
});
