import { createRoute } from '@tanstack/react-router';
import { page } from '../app/page.ts';
import { oneOf, text } from '../app/search.ts';
import { shellRoute } from '../app/shell-route.ts';
import { liveLeasesQuery } from '../leases/queries.ts';
import { projectQuery } from '../projects/queries.ts';
import { MODES, STATUSES } from './narrow.ts';
import { folderQuery, foldersQuery } from './queries.ts';
import { shownEnvironments } from './shown.ts';

export const overviewRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/p/$project/overview',
  validateSearch: (search: Record<string, unknown>) => ({
    ...text(search, 'env'),
    ...text(search, 'path'),
    ...text(search, 'q'),
    ...text(search, 'cluster'),
    ...oneOf(search, 'mode', MODES),
    ...oneOf(search, 'status', STATUSES),
  }),
  loaderDeps: ({ search: { env, path } }) => ({ env, path: path ?? '/' }),
  loader: async ({ context: { queryClient }, params, deps }) => {
    const project = await queryClient.ensureQueryData(projectQuery(params.project));
    // An environment that fails says so in its own column; it does not take the others with it.
    const asked = shownEnvironments(project.environments, deps.env).flatMap(({ slug }) => [
      queryClient.prefetchQuery(folderQuery(project.slug, slug, deps.path)),
      queryClient.prefetchQuery(foldersQuery(project.id, slug, deps.path)),
    ]);
    await Promise.all([...asked, queryClient.prefetchQuery(liveLeasesQuery(project.slug))]);
  },
  component: page(() => import('./OverviewPage.tsx'), 'OverviewPage'),
});
