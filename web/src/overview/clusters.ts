import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client.ts';
import { everyPage } from '../api/every-page.ts';
import type { ClusterConnection } from '../api/schema.ts';

/** A cluster that tokens are issued in. */
export interface Cluster {
  /** Of the connection to it. */
  id: string;
  name: string;
}

/** Clusters of dynamic secrets, by their ids. */
export type Clusters = Readonly<Record<string, Cluster>>;

/**
 * In which cluster each dynamic secret is. Lists of dynamic secrets do not say so, but connections say what is pointed at them; who
 * may not see these is told nothing.
 */
export const clustersQuery = queryOptions({
  queryKey: ['dynamic-secrets', '*', 'clusters'],
  queryFn: async ({ signal }): Promise<Clusters> => {
    const pages = await everyPage(cursor => {
      const query = { limit: 100, ...(cursor && { cursor }) };
      return body(api.GET('/api/v1/cluster-connections', { params: { query }, signal }));
    });
    const connections = pages.flatMap(page => page.clusterConnections);
    const found = await Promise.all(connections.map(connection => secretsOf(connection, signal)));
    return Object.fromEntries(found.flat());
  },
  staleTime: 60_000,
  retry: false,
});

async function secretsOf(connection: ClusterConnection, signal: AbortSignal): Promise<[string, Cluster][]> {
  const { id, name, url, dynamicSecretId } = connection;
  const cluster = { id, name: name ?? url };
  // One that a dynamic secret brought along is its alone.
  if (dynamicSecretId != null) return [[dynamicSecretId, cluster]];
  const pages = await everyPage(cursor => {
    const params = { path: { connectionId: id }, query: { limit: 100, ...(cursor && { cursor }) } };
    const path = '/api/v1/cluster-connections/{connectionId}/dynamic-secrets';
    return body(api.GET(path, { params, signal }));
  });
  return pages.flatMap(page =>
    page.dynamicSecrets.map((secret): [string, Cluster] => [secret.dynamicSecretId, cluster]),
  );
}
