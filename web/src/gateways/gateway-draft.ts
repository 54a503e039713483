import type { CreateGateway } from '../api/schema.ts';

/** A gateway as somebody types it. */
export interface GatewayDraft {
  name: string;
  method: 'token' | 'service-account';
  issuer: string;
  keys: string;
  namespace: string;
  serviceAccountName: string;
}

export const EMPTY: GatewayDraft = {
  name: '',
  method: 'token',
  issuer: 'https://kubernetes.default.svc.cluster.local',
  keys: '',
  namespace: 'mayfly-gateway',
  serviceAccountName: 'mayfly-gateway',
};

/** What the server is sent: only what belongs to the method that was chosen. */
export function requestOf({ name, method, ...account }: GatewayDraft): CreateGateway {
  if (method === 'token') return { name: name.trim(), method };
  return {
    name: name.trim(),
    method,
    issuer: account.issuer.trim(),
    keys: account.keys.trim(),
    namespace: account.namespace.trim(),
    serviceAccountName: account.serviceAccountName.trim(),
  };
}
