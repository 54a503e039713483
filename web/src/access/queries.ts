import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client.ts';
import type { WhoCanRequest } from '../api/schema.ts';

export const usersQuery = infiniteQueryOptions({
  queryKey: ['users'],
  queryFn: ({ pageParam, signal }) => {
    const query = { limit: 100, ...(pageParam === '' ? {} : { cursor: pageParam }) };
    return body(api.GET('/api/v1/users', { params: { query }, signal }));
  },
  initialPageParam: '',
  getNextPageParam: page => page.nextCursor ?? undefined,
});

export const identitiesQuery = queryOptions({
  queryKey: ['identities'],
  queryFn: async ({ signal }) =>
    body(api.GET('/api/v1/identities', { params: { query: { limit: 100 } }, signal })),
});

export const rolesQuery = (projectId: string) =>
  queryOptions({
    queryKey: ['roles', projectId],
    queryFn: async ({ signal }) => {
      const params = { path: { projectId } };
      return (await body(api.GET('/api/v1/projects/{projectId}/roles', { params, signal }))).roles;
    },
  });

export const whoCanQuery = (asked: WhoCanRequest) =>
  queryOptions({
    queryKey: ['who-can', asked],
    queryFn: ({ signal }) =>
      body(api.POST('/api/v1/access/who-can', { body: { limit: 100, ...asked }, signal })),
  });
