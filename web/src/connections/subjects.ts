import { api, body } from '../api/client.ts';
import type { CreateClusterConnectionRequest, CreateDynamicSecretRequest } from '../api/schema.ts';
import type { Subject } from './use-test.ts';

/** A saved connection; with `credential`, for leases of that kind. */
export function savedConnection(connectionId: string, credential?: object): Subject {
  const params = { path: { connectionId } };
  const path = '/api/v1/cluster-connections/{connectionId}/test';
  const sent = credential === undefined ? {} : { credential };
  return {
    of: [connectionId, credential],
    ask: signal => body(api.POST(path, { params, body: sent, signal })),
  };
}

/** A connection as it would be made. */
export function newConnection(request: CreateClusterConnectionRequest): Subject {
  const { authMethod, gatewayId, gatewayPoolId, url, ca, clusterToken } = request;
  return {
    of: [authMethod, gatewayId, gatewayPoolId, url, ca, clusterToken],
    ask: signal => body(api.POST('/api/v1/cluster-connections/test', { body: request, signal })),
  };
}

/** A dynamic secret as it would be made, by a connection of its own or a saved one. */
export function newSecret(request: CreateDynamicSecretRequest): Subject {
  return {
    // Its name and its lifetimes are nothing that the cluster is asked.
    of: request.provider,
    ask: signal => body(api.POST('/api/v1/dynamic-secret-tests', { body: request, signal })),
  };
}
