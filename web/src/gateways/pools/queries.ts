import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../../api/client.ts';

/** No change tells of gateways that come and go: pools on the page are asked about this often, in milliseconds. */
const PAUSE = 5000;

/** All of them; the server knows no pages of these. */
export const poolsQuery = queryOptions({
  queryKey: ['gateways', '*', 'pools'],
  queryFn: ({ signal }) => body(api.GET('/api/v1/gateway-pools', { signal })),
});

/** The same, kept up to date. */
export const watchedPoolsQuery = { ...poolsQuery, refetchInterval: PAUSE };

export const poolQuery = (poolId: string) =>
  queryOptions({
    queryKey: ['gateways', '*', 'pools', poolId],
    queryFn: ({ signal }) =>
      body(api.GET('/api/v1/gateway-pools/{poolId}', { params: { path: { poolId } }, signal })),
    refetchInterval: PAUSE,
  });

/** What leads through a pool. */
export const poolDependantsQuery = (poolId: string) =>
  queryOptions({
    queryKey: ['gateways', '*', 'pools', poolId, 'dependants'],
    queryFn: ({ signal }) =>
      body(api.GET('/api/v1/gateway-pools/{poolId}/resources', { params: { path: { poolId } }, signal })),
    refetchInterval: PAUSE,
  });
