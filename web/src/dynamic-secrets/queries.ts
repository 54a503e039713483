import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client.ts';
import type { Place } from '../leases/queries.ts';

export const secretQuery = (place: Place, name: string) =>
  queryOptions({
    queryKey: ['dynamic-secrets', place.projectSlug, place.environmentSlug, place.path, name],
    queryFn: async ({ signal }) => {
      const params = { path: { name }, query: place };
      return (await body(api.GET('/api/v1/dynamic-secrets/{name}', { params, signal }))).dynamicSecret;
    },
  });

/** What an environment asks of leases. Whoever may not read it hears of it when they ask for one. */
export const policyQuery = (projectId: string, environmentId: string) =>
  queryOptions({
    queryKey: ['policies', projectId, environmentId],
    queryFn: async ({ signal }) => {
      const params = { path: { projectId, environmentId } };
      const path = '/api/v1/projects/{projectId}/environments/{environmentId}/policy';
      return (await body(api.GET(path, { params, signal }))).policy;
    },
  });

/** What the caller may do with one dynamic secret, each with the reason. */
export const rightsQuery = (place: Place, name?: string) =>
  queryOptions({
    queryKey: ['rights', place.projectSlug, place.environmentSlug, place.path, name],
    queryFn: async ({ signal }) => {
      const asked = { ...place, ...(name === undefined ? {} : { dynamicSecretName: name }) };
      return (await body(api.POST('/api/v1/access/rights', { body: asked, signal }))).rights;
    },
  });
