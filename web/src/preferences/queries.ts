import { infiniteQueryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client.ts';

const LIMIT = 50;

export const ssoProvidersQuery = infiniteQueryOptions({
  queryKey: ['sso-providers'],
  queryFn: ({ pageParam, signal }) => {
    const query = { limit: LIMIT, ...(pageParam === '' ? {} : { cursor: pageParam }) };
    return body(api.GET('/api/v1/sso/providers', { params: { query }, signal }));
  },
  initialPageParam: '',
  getNextPageParam: page => page.nextCursor ?? undefined,
});

/** Whom a provider vouches for. */
export const ssoLinksQuery = (provider: string) =>
  infiniteQueryOptions({
    queryKey: ['sso-providers', provider, 'links'],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: LIMIT, ...(pageParam === '' ? {} : { cursor: pageParam }) };
      const params = { path: { provider }, query };
      return body(api.GET('/api/v1/sso/providers/{provider}/links', { params, signal }));
    },
    initialPageParam: '',
    getNextPageParam: page => page.nextCursor ?? undefined,
  });
