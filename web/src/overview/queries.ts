import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client.ts';

/** The dynamic secrets in one folder of one environment. */
export const folderQuery = (projectSlug: string, environmentSlug: string, path: string) =>
  queryOptions({
    queryKey: ['dynamic-secrets', projectSlug, environmentSlug, path],
    queryFn: async ({ signal }) => {
      const query = { projectSlug, environmentSlug, path };
      return (await body(api.GET('/api/v1/dynamic-secrets', { params: { query }, signal }))).dynamicSecrets;
    },
  });

/** The folders in it. */
export const foldersQuery = (projectId: string, environment: string, path: string) =>
  queryOptions({
    queryKey: ['folders', projectId, environment, path],
    queryFn: async ({ signal }) => {
      const query = { projectId, environment, path };
      return (await body(api.GET('/api/v2/folders', { params: { query }, signal }))).folders;
    },
  });
