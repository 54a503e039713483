import { createRoute } from '@tanstack/react-router';
import { page } from '../app/page.ts';
import { flag, oneOf, text } from '../app/search.ts';
import { shellRoute } from '../app/shell-route.ts';
import { type LeaseSearch, leaseSearch } from '../leases/search.ts';
import { projectQuery } from '../projects/queries.ts';
import { rightsQuery, secretQuery } from './queries.ts';

export const TABS = ['leases', 'configuration', 'permissions', 'activity', 'use'] as const;

/** Of the filters of leases, those that say something within one dynamic secret. */
function leasesSearch(search: Record<string, unknown>): Pick<LeaseSearch, 'status' | 'actor' | 'ends'> {
  const { status, actor, ends } = search;
  return leaseSearch({ status, actor, ends });
}

const secretRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/p/$project/e/$environment/s/$name',
  validateSearch: (search: Record<string, unknown>) => ({
    ...text(search, 'path'),
    ...oneOf(search, 'tab', TABS),
    ...flag(search, 'generate'),
    ...text(search, 'ttl'),
    ...text(search, 'namespace'),
    ...text(search, 'reason'),
    ...text(search, 'replaces'),
    ...leasesSearch(search),
    ...text(search, 'open'),
  }),
  loaderDeps: ({ search: { path } }) => ({ path: path ?? '/' }),
  remountDeps: ({ params, loaderDeps }) => ({ ...params, ...loaderDeps }),
  loader: async ({ context: { queryClient }, params, deps }) => {
    const place = { projectSlug: params.project, environmentSlug: params.environment, path: deps.path };
    const [secret] = await Promise.all([
      queryClient.ensureQueryData(secretQuery(place, params.name)),
      queryClient.ensureQueryData(projectQuery(params.project)),
      queryClient.prefetchQuery(rightsQuery(place, params.name)),
    ]);
    const { prefetchOf } = await import('../leases/prefetch.ts');
    await prefetchOf(queryClient, { projectSlug: params.project, dynamicSecretId: secret.id });
  },
  component: page(() => import('./SecretPage.tsx'), 'SecretPage'),
});

const newRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/p/$project/e/$environment/new',
  validateSearch: (search: Record<string, unknown>) => ({
    ...text(search, 'path'),
    // Other environments in which it is saved, too.
    ...text(search, 'also'),
    // What it is a copy of, and the environment of that, where it is another one.
    ...text(search, 'from'),
    ...text(search, 'of'),
  }),
  loaderDeps: ({ search: { path, from, of } }) => ({ path: path ?? '/', from, of }),
  loader: async ({ context: { queryClient }, params, deps }) => {
    await queryClient.ensureQueryData(projectQuery(params.project));
    if (deps.from === undefined) return;
    const environmentSlug = deps.of ?? params.environment;
    const place = { projectSlug: params.project, environmentSlug, path: deps.path };
    await queryClient.ensureQueryData(secretQuery(place, deps.from));
  },
  // Another environment keeps what was typed.
  remountDeps: ({ params, search }) => ({ project: params.project, from: search.from }),
  component: page(() => import('./AddSecretPage.tsx'), 'AddSecretPage'),
});

const editRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/p/$project/e/$environment/s/$name/edit',
  validateSearch: (search: Record<string, unknown>) => text(search, 'path'),
  loaderDeps: ({ search: { path } }) => ({ path: path ?? '/' }),
  remountDeps: ({ params, loaderDeps }) => ({ ...params, ...loaderDeps }),
  loader: ({ context: { queryClient }, params, deps }) => {
    const place = { projectSlug: params.project, environmentSlug: params.environment, path: deps.path };
    return queryClient.ensureQueryData(secretQuery(place, params.name));
  },
  component: page(() => import('./EditSecretPage.tsx'), 'EditSecretPage'),
});

export const secretRoutes = [secretRoute, newRoute, editRoute] as const;
