import { api, body } from '../api/client.ts';
import type { CreateClusterConnectionRequest, CreateDynamicSecretRequest } from '../api/schema.ts';
import type { Subject } from './use-test.ts';

/** A saved connection. */
export function savedConnection(connectionId: string): Subject {
  const params = { path: { connectionId } };
  const path = '/api/v1/cluster-connections/{connectionId}/test';
  return {
    of: connectionId,
    ask: signal => body(api.POST(path, { params, body: {}, signal })),
  };
}

/** A connection as it would be made. */
export function newConnection(request: CreateClusterConnectionRequest): Subject {
  return {
    of: request,
    ask: signal => body(api.POST('/api/v1/cluster-connections/test', { body: request, signal })),
  };
}

/** A dynamic secret as it would be made, by a connection of its own or a saved one. */
export function newSecret(request: CreateDynamicSecretRequest): Subject {
  return {
    of: request,
    ask: signal => body(api.POST('/api/v1/dynamic-secret-tests', { body: request, signal })),
  };
}
