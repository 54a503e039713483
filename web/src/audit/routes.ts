import { createRoute } from '@tanstack/react-router';
import { page } from '../app/page.ts';
import { flag, oneOf, text } from '../app/search.ts';
import { shellRoute } from '../app/shell-route.ts';
import { projectsQuery } from '../projects/queries.ts';
import { eventQuery } from './queries.ts';
import { SPANS } from './spans.ts';

const listRoute = createRoute({
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
    ...oneOf(search, 'last', SPANS),
    ...flag(search, 'live'),
    ...text(search, 'open'),
  }),
  loader: ({ context: { queryClient } }) => queryClient.ensureQueryData(projectsQuery),
  component: page(() => import('./AuditPage.tsx'), 'AuditPage'),
});

const oneRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/audit/$event',
  validateSearch: (search: Record<string, unknown>) => text(search, 'project'),
  loaderDeps: ({ search: { project } }) => ({ project }),
  loader: async ({ context: { queryClient }, params, deps }) => {
    const projects = await queryClient.ensureQueryData(projectsQuery);
    const projectId = projects.find(({ slug }) => slug === deps.project)?.id;
    return queryClient.ensureQueryData(eventQuery(params.event, projectId));
  },
  component: page(() => import('./EventPage.tsx'), 'EventPage'),
});

export const auditRoutes = [listRoute, oneRoute] as const;
