import type { CreateGateway } from '../api/schema.ts';

/** A gateway as somebody types it. */
export interface GatewayDraft {
  name: string;
  method: 'token' | 'service-account';
  issuer: string;
  /** Whether the cluster's keys are pasted, or read where it publishes them. */
  keysAre: 'pasted' | 'published';
  keys: string;
  discoveryUrl: string;
  discoveryCaCert: string;
  namespace: string;
  serviceAccountName: string;
}

/** What clusters call themselves that nobody told otherwise; those that publish their keys have an address of their own. */
const USUAL_ISSUER = 'https://kubernetes.default.svc.cluster.local';

export const EMPTY: GatewayDraft = {
  name: '',
  method: 'token',
  issuer: USUAL_ISSUER,
  keysAre: 'pasted',
  keys: '',
  discoveryUrl: '',
  discoveryCaCert: '',
  namespace: 'mayfly-gateway',
  serviceAccountName: 'mayfly-gateway',
};

/** The draft with keys of the other source, and the issuer that goes with it where none was typed. */
export function withKeysFrom(draft: GatewayDraft, keysAre: GatewayDraft['keysAre']): Partial<GatewayDraft> {
  const untouched = { pasted: '', published: USUAL_ISSUER }[keysAre];
  const usual = { pasted: USUAL_ISSUER, published: '' }[keysAre];
  return { keysAre, ...(draft.issuer === untouched && { issuer: usual }) };
}

/** Where a cluster's discovery document is: at its issuer, unless it was typed. */
export const discoveryUrlOf = ({ discoveryUrl, issuer }: Pick<GatewayDraft, 'discoveryUrl' | 'issuer'>) =>
  discoveryUrl.trim() || issuer.trim();

/** What the server is sent: only what belongs to what was chosen. */
export function requestOf({ name, method, ...account }: GatewayDraft): CreateGateway {
  if (method === 'token') return { name: name.trim(), method };
  return {
    name: name.trim(),
    method,
    issuer: account.issuer.trim(),
    ...keysOf(account),
    namespace: account.namespace.trim(),
    serviceAccountName: account.serviceAccountName.trim(),
  };
}

function keysOf(draft: Omit<GatewayDraft, 'name' | 'method'>) {
  if (draft.keysAre === 'pasted') return { keys: draft.keys.trim() };
  const ca = draft.discoveryCaCert.trim();
  return { discoveryUrl: discoveryUrlOf(draft), ...(ca !== '' && { discoveryCaCert: ca }) };
}
