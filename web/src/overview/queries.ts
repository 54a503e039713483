import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client.ts';

/** The page's loader has just asked: what failed is told at once, and not asked for again by the page that tells it. */
const ASKED_BY_LOADER = { retryOnMount: false };

/** The dynamic secrets in one folder of one environment. */
export const folderQuery = (projectSlug: string, environmentSlug: string, path: string) =>
  queryOptions({
    ...ASKED_BY_LOADER,
    queryKey: ['dynamic-secrets', projectSlug, environmentSlug, path],
    queryFn: async ({ signal }) => {
      const query = { projectSlug, environmentSlug, path };
      return (await body(api.GET('/api/v1/dynamic-secrets', { params: { query }, signal }))).dynamicSecrets;
    },
  });

/** The folders in it. */
export const foldersQuery = (projectId: string, environment: string, path: string) =>
  queryOptions({
    ...ASKED_BY_LOADER,
    queryKey: ['folders', projectId, environment, path],
    queryFn: async ({ signal }) => {
      const query = { projectId, environment, path };
      return (await body(api.GET('/api/v2/folders', { params: { query }, signal }))).folders;
    },
  });
