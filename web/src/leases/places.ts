import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client.ts';
import type { Project } from '../api/schema.ts';
import type { Place } from './queries.ts';

/** A dynamic secret by its name, and where it lies. */
export interface NamedPlace {
  name: string;
  place: Place;
}

/** Where each dynamic secret of a project lies: all folders are read, and one that cannot be is left out. */
export const placesQuery = (project: Project) =>
  queryOptions({
    queryKey: ['places', project.slug],
    queryFn: async ({ signal }): Promise<Record<string, NamedPlace>> => {
      const found = await Promise.all(
        project.environments.map(({ slug }) => ofEnvironment(project, slug, signal).catch(() => [])),
      );
      return Object.fromEntries(found.flat());
    },
    staleTime: 60_000,
  });

async function ofEnvironment(
  project: Project,
  slug: string,
  signal: AbortSignal,
): Promise<[string, NamedPlace][]> {
  const query = { projectId: project.id, environment: slug, path: '/', recursive: true };
  const { folders } = await body(api.GET('/api/v2/folders', { params: { query }, signal }));
  const paths = ['/', ...folders.map(folder => folder.path)];
  const listed = await Promise.all(
    paths.map(async path => {
      const place = { projectSlug: project.slug, environmentSlug: slug, path };
      const answer = await body(api.GET('/api/v1/dynamic-secrets', { params: { query: place }, signal }));
      return answer.dynamicSecrets.map(({ id, name }): [string, NamedPlace] => [id, { name, place }]);
    }),
  );
  return listed.flat();
}
