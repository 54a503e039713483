import type { DynamicSecret, DynamicSecretChanges, Inputs } from '../../api/schema.ts';
import { sentVia } from '../../gateways/way.ts';
import type { Override } from './overrides.ts';

/** What somebody is about to save, as they typed it. */
export interface Draft {
  name: string;
  defaultTTL: string;
  maxTTL: string;
  credentialType: 'static' | 'dynamic';
  /** Whose account does the work: that of the Cluster Token, or a gateway's own. */
  authMethod: 'api' | 'gateway';
  /** The gateway on the way, or empty for none. */
  gatewayId: string;
  /** A pool of gateways instead. */
  gatewayPoolId: string;
  /** A saved connection, or empty for an address and a token of its own. */
  connectionId: string;
  url: string;
  sslEnabled: boolean;
  ca: string;
  clusterToken: string;
  namespace: string;
  serviceAccountName: string;
  revocable: 'auto' | 'yes' | 'no';
  roleType: 'role' | 'cluster-role';
  role: string;
  bindingScope: 'namespace' | 'cluster';
  audiences: string[];
  /** By the environment's slug, where it is saved in several at once. */
  overrides: Record<string, Override>;
}

export const EMPTY: Draft = {
  name: '',
  defaultTTL: '1h',
  maxTTL: '8h',
  credentialType: 'static',
  authMethod: 'api',
  gatewayId: '',
  gatewayPoolId: '',
  connectionId: '',
  url: '',
  sslEnabled: true,
  ca: '',
  clusterToken: '',
  namespace: '',
  serviceAccountName: '',
  revocable: 'auto',
  roleType: 'role',
  role: '',
  bindingScope: 'namespace',
  audiences: [],
  overrides: {},
};

/** The draft that leaves everything as it is. The stored token is not in it: nobody gets that back. */
export function draftOf(secret: DynamicSecret): Draft {
  const inputs = secret.inputs ?? ({} as Partial<Inputs>);
  return {
    name: secret.name,
    defaultTTL: secret.defaultTTL,
    maxTTL: secret.maxTTL ?? '',
    credentialType: inputs.credentialType === 'dynamic' ? 'dynamic' : 'static',
    authMethod: inputs.authMethod === 'gateway' ? 'gateway' : 'api',
    gatewayId: inputs.gatewayId ?? '',
    gatewayPoolId: inputs.gatewayPoolId ?? '',
    connectionId: inputs.clusterConnectionId ?? '',
    url: inputs.url ?? '',
    // A CA that is there is used, whatever `sslEnabled` says.
    sslEnabled: Boolean(inputs.ca) || (inputs.sslEnabled ?? true),
    ca: inputs.ca ?? '',
    clusterToken: '',
    namespace: inputs.namespace ?? '',
    serviceAccountName: inputs.serviceAccountName ?? '',
    revocable: inputs.revocable == null ? 'auto' : inputs.revocable ? 'yes' : 'no',
    roleType: inputs.roleType === 'cluster-role' ? 'cluster-role' : 'role',
    role: inputs.role ?? '',
    // A ClusterRole is bound everywhere unless the server says otherwise.
    bindingScope:
      inputs.roleType === 'cluster-role' && inputs.bindingScope !== 'namespace' ? 'cluster' : 'namespace',
    audiences: inputs.audiences ?? [],
    overrides: {},
  };
}

/** What the server is sent: only what belongs to the choices that were made. */
export function inputsOf(draft: Draft): Inputs {
  return {
    credentialType: draft.credentialType,
    authMethod: draft.authMethod,
    namespace: draft.namespace.trim(),
    audiences: draft.audiences,
    ...connectionOf(draft),
    ...(draft.credentialType === 'static' ? accountOf(draft) : roleOf(draft)),
  };
}

/** The same without the connection, as its test wants to hear it. */
export function sampleOf(draft: Draft): object {
  const { authMethod: _, clusterConnectionId: __, ...sample } = inputsOf(draft);
  return sample;
}

/** Whether it has a Cluster Token of its own. */
export function hasOwnToken({ authMethod, connectionId }: Draft): boolean {
  return authMethod === 'api' && connectionId === '';
}

function connectionOf(draft: Draft): Partial<Inputs> {
  if (draft.connectionId !== '') return { clusterConnectionId: draft.connectionId };
  const way = sentVia(draft);
  // It has the address, the CA and a credential of its own.
  if (draft.authMethod === 'gateway') return way;
  const token = draft.clusterToken.trim();
  return {
    ...way,
    url: draft.url.trim(),
    sslEnabled: draft.sslEnabled,
    ...(draft.sslEnabled && draft.ca.trim() !== '' ? { ca: draft.ca } : {}),
    ...(token === '' ? {} : { clusterToken: token }),
  };
}

function accountOf(draft: Draft): Partial<Inputs> {
  const serviceAccountName = draft.serviceAccountName.trim();
  return draft.revocable === 'auto'
    ? { serviceAccountName }
    : { serviceAccountName, revocable: draft.revocable === 'yes' };
}

function roleOf(draft: Draft): Partial<Inputs> {
  const scope = draft.roleType === 'cluster-role' ? { bindingScope: draft.bindingScope } : {};
  return { roleType: draft.roleType, role: draft.role.trim(), ...scope };
}

/** What the server is sent to change one: only what the draft changed. */
export function changesFor(before: Draft, after: Draft): DynamicSecretChanges {
  const inputs = changedInputs(before, after);
  const maxTTL = after.maxTTL.trim();
  return {
    ...(Object.keys(inputs).length > 0 ? { inputs } : {}),
    ...(after.defaultTTL === before.defaultTTL ? {} : { defaultTTL: after.defaultTTL.trim() }),
    ...(after.maxTTL === before.maxTTL ? {} : { maxTTL: maxTTL === '' ? null : maxTTL }),
    ...(after.name === before.name ? {} : { newName: after.name.trim() }),
  };
}

/** Of the inputs, those that the draft changed. */
function changedInputs(before: Draft, after: Draft): Partial<Inputs> {
  const old = inputsOf(before) as unknown as Record<string, unknown>;
  const entries = Object.entries(inputsOf(after)).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(old[key]),
  );
  return Object.fromEntries(entries);
}
