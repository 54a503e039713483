import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client.ts';
import { everyPage } from '../api/every-page.ts';

/** Those of the organization; what a dynamic secret brought along is its own affair. */
export const connectionsQuery = queryOptions({
  queryKey: ['connections'],
  queryFn: async ({ signal }) => {
    const pages = await everyPage(cursor => {
      const query = { limit: 100, ...(cursor === undefined ? {} : { cursor }) };
      return body(api.GET('/api/v1/cluster-connections', { params: { query }, signal }));
    });
    const found = pages.flatMap(page => page.clusterConnections);
    return found.filter(connection => connection.dynamicSecretId == null);
  },
});

export const connectionQuery = (connectionId: string) =>
  queryOptions({
    queryKey: ['connections', connectionId],
    queryFn: async ({ signal }) => {
      const params = { path: { connectionId } };
      return (await body(api.GET('/api/v1/cluster-connections/{connectionId}', { params, signal })))
        .clusterConnection;
    },
  });

/** What there is in a cluster, as far as the connection's token may see it. */
export const namespacesQuery = (connectionId: string) =>
  queryOptions({
    queryKey: ['connections', connectionId, 'namespaces'],
    queryFn: async ({ signal }) => {
      const params = { path: { connectionId } };
      return (
        await body(api.GET('/api/v1/cluster-connections/{connectionId}/namespaces', { params, signal }))
      ).namespaces;
    },
    staleTime: 30_000,
    retry: false,
  });

export const accountsQuery = (connectionId: string, namespace: string) =>
  queryOptions({
    queryKey: ['connections', connectionId, 'accounts', namespace],
    queryFn: async ({ signal }) => {
      const params = { path: { connectionId }, query: { namespace } };
      return (await body(api.GET('/api/v1/cluster-connections/{connectionId}/accounts', { params, signal })))
        .serviceAccounts;
    },
    staleTime: 30_000,
    retry: false,
  });

export const rolesQuery = (connectionId: string, namespace: string) =>
  queryOptions({
    queryKey: ['connections', connectionId, 'roles', namespace],
    queryFn: ({ signal }) => {
      const params = { path: { connectionId }, query: { namespace } };
      return body(api.GET('/api/v1/cluster-connections/{connectionId}/roles', { params, signal }));
    },
    staleTime: 30_000,
    retry: false,
  });

/** The dynamic secrets that are pointed at a connection, in all projects, a page at a time. */
export const secretsOfQuery = (connectionId: string) =>
  infiniteQueryOptions({
    queryKey: ['dynamic-secrets', '*', 'of-connection', connectionId],
    queryFn: ({ pageParam, signal }) => {
      const query = pageParam === '' ? {} : { cursor: pageParam };
      const params = { path: { connectionId }, query };
      const path = '/api/v1/cluster-connections/{connectionId}/dynamic-secrets';
      return body(api.GET(path, { params, signal }));
    },
    initialPageParam: '',
    getNextPageParam: page => page.nextCursor ?? undefined,
  });

/** Whether the cluster sends its audit log, and what came of it. */
export const intakeQuery = (connectionId: string) =>
  queryOptions({
    queryKey: ['connections', connectionId, 'intake'],
    queryFn: ({ signal }) => {
      const params = { path: { connectionId } };
      return body(api.GET('/api/v1/cluster-connections/{connectionId}/audit-intake', { params, signal }));
    },
    // No change tells of what a cluster sent.
    refetchInterval: 10_000,
    retry: false,
  });
