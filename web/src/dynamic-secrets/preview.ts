import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client.ts';
import type { DynamicSecret } from '../api/schema.ts';

/** What tokens of it may do in a namespace, by the roles and bindings that the connection's token can see. */
export const previewQuery = (secret: DynamicSecret, namespace: string) =>
  queryOptions({
    queryKey: ['preview', secret.id, secret.version, namespace],
    queryFn: async ({ signal }) => {
      const { inputs } = secret;
      const subject =
        inputs?.credentialType === 'dynamic'
          ? { roleType: inputs.roleType ?? 'role', role: inputs.role ?? '' }
          : { serviceAccountName: inputs?.serviceAccountName ?? '' };
      const params = {
        path: { connectionId: inputs?.clusterConnectionId ?? '' },
        query: { namespace, ...subject },
      };
      const path = '/api/v1/cluster-connections/{connectionId}/preview';
      return (await body(api.GET(path, { params, signal }))).preview;
    },
    enabled: secret.inputs?.clusterConnectionId != null && secret.inputs.rules == null,
    staleTime: 30_000,
    retry: false,
  });
