import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client.ts';

export const projectsQuery = queryOptions({
  queryKey: ['projects'],
  queryFn: async ({ signal }) => (await body(api.GET('/api/v1/projects', { signal }))).projects,
});

export const projectQuery = (slug: string) =>
  queryOptions({
    queryKey: ['projects', slug],
    queryFn: ({ signal }) =>
      body(api.GET('/api/v1/projects/slug/{slug}', { params: { path: { slug } }, signal })),
    staleTime: 60_000,
  });
