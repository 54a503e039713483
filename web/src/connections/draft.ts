import type {
  ClusterConnection,
  CreateClusterConnectionRequest,
  UpdateClusterConnectionRequest,
} from '../api/schema.ts';
import { isVia, sentVia, type Via } from '../gateways/way.ts';

/** A connection as somebody is about to save it. */
export interface ConnectionDraft {
  name: string;
  /** Whose account does the work: that of the Cluster Token, or a gateway's own. */
  authMethod: 'api' | 'gateway';
  /** The gateway or the pool of them on the way; empty for none. */
  gatewayId: string;
  gatewayPoolId: string;
  url: string;
  ca: string;
  clusterToken: string;
  clientUrl: string;
  renewsToken: boolean;
  sharedWith: 'named' | 'all';
  projectIds: string[];
  namespaces: string[];
  serviceAccounts: string[];
  roles: string[];
  maxTTL: string;
  systemNamespaces: boolean;
  escalatingRoles: boolean;
  wholeCluster: boolean;
}

export const EMPTY: ConnectionDraft = {
  name: '',
  authMethod: 'api',
  gatewayId: '',
  gatewayPoolId: '',
  url: '',
  ca: '',
  clusterToken: '',
  clientUrl: '',
  renewsToken: true,
  sharedWith: 'named',
  projectIds: [],
  namespaces: [],
  serviceAccounts: [],
  roles: [],
  maxTTL: '',
  systemNamespaces: false,
  escalatingRoles: false,
  wholeCluster: false,
};

/** The draft that leaves everything as it is. The stored token is not in it: nobody gets that back. */
export function draftOf(connection: ClusterConnection): ConnectionDraft {
  const limits = connection.limits ?? {};
  const isOfGateway = connection.authMethod === 'gateway';
  return {
    name: connection.name ?? '',
    authMethod: isOfGateway ? 'gateway' : 'api',
    gatewayId: connection.gatewayId ?? '',
    gatewayPoolId: connection.gatewayPoolId ?? '',
    // What a gateway has itself is nothing that was entered.
    url: isOfGateway ? '' : connection.url,
    ca: isOfGateway ? '' : (connection.ca ?? ''),
    clusterToken: '',
    clientUrl: connection.clientUrl ?? '',
    renewsToken: connection.renewsToken ?? false,
    sharedWith: connection.sharedWith === 'all' ? 'all' : 'named',
    projectIds: connection.projectIds ?? [],
    namespaces: limits.namespaces ?? [],
    serviceAccounts: limits.serviceAccounts ?? [],
    roles: limits.roles ?? [],
    maxTTL: limits.maxTTL ?? '',
    systemNamespaces: limits.systemNamespaces ?? false,
    escalatingRoles: limits.escalatingRoles ?? false,
    wholeCluster: limits.wholeCluster ?? false,
  };
}

/** What is sent to make one. */
export function requestOf(draft: ConnectionDraft): CreateClusterConnectionRequest {
  const { clientUrl } = trimmed(draft);
  return {
    name: draft.name.trim(),
    ...(draft.authMethod === 'gateway' ? { authMethod: draft.authMethod } : tokenOf(draft)),
    ...sentVia(draft),
    limits: limitsOf(draft),
    ...sharingOf(draft),
    ...(clientUrl === '' ? {} : { clientUrl }),
  };
}

/** What is entered of a cluster, unless a gateway does the work: that has it itself. */
function tokenOf(draft: ConnectionDraft) {
  const { ca, clusterToken } = trimmed(draft);
  return {
    url: draft.url.trim(),
    clusterToken,
    renewsToken: draft.renewsToken,
    ...(ca === '' ? {} : { ca: draft.ca }),
  };
}

/** Whether there is enough of the way to try it. */
export function isReachable(draft: ConnectionDraft): boolean {
  if (draft.authMethod === 'gateway') return isVia(draft);
  return draft.url.trim() !== '' && draft.clusterToken.trim() !== '';
}

/** What is sent to change one: only what differs. Limits are replaced together, and what this form does not know of them stays. */
export function changesOf(before: ClusterConnection, draft: ConnectionDraft): UpdateClusterConnectionRequest {
  const old = draftOf(before);
  const { ca, clientUrl, clusterToken } = trimmed(draft);
  const isEntered = draft.authMethod === 'api';
  const isOther = (...fields: (keyof ConnectionDraft)[]) =>
    fields.some(field => JSON.stringify(old[field]) !== JSON.stringify(draft[field]));
  return {
    ...(isOther('name') ? { name: draft.name.trim() } : {}),
    ...(isOther('authMethod') ? { authMethod: draft.authMethod } : {}),
    ...(isOther('gatewayId', 'gatewayPoolId') ? changedVia(draft) : {}),
    ...(isEntered && isOther('url') ? { url: draft.url.trim() } : {}),
    ...(isEntered && isOther('ca') ? { ca: ca === '' ? null : draft.ca } : {}),
    ...(isOther('clientUrl') ? { clientUrl: clientUrl === '' ? null : clientUrl } : {}),
    ...(isEntered && clusterToken !== '' ? { clusterToken } : {}),
    ...(isEntered && isOther('renewsToken') ? { renewsToken: draft.renewsToken } : {}),
    ...(isOther('sharedWith', 'projectIds') ? sharingOf(draft) : {}),
    ...(JSON.stringify(limitsOf(old)) === JSON.stringify(limitsOf(draft))
      ? {}
      : { limits: { ...before.limits, ...limitsOf(draft) } }),
  };
}

/** An empty text takes away what is there. */
function changedVia(via: Via): Partial<Via> {
  return isVia(via) ? sentVia(via) : { gatewayId: '' };
}

function trimmed({ ca, clientUrl, clusterToken }: ConnectionDraft) {
  return { ca: ca.trim(), clientUrl: clientUrl.trim(), clusterToken: clusterToken.trim() };
}

function sharingOf({ sharedWith, projectIds }: ConnectionDraft) {
  return sharedWith === 'named' ? { sharedWith, projectIds } : { sharedWith };
}

/** An empty list limits nothing. */
function limitsOf(draft: ConnectionDraft) {
  const list = (names: string[]) => (names.length === 0 ? null : names);
  const maxTTL = draft.maxTTL.trim();
  return {
    namespaces: list(draft.namespaces),
    serviceAccounts: list(draft.serviceAccounts),
    roles: list(draft.roles),
    maxTTL: maxTTL === '' ? null : maxTTL,
    systemNamespaces: draft.systemNamespaces,
    escalatingRoles: draft.escalatingRoles,
    wholeCluster: draft.wholeCluster,
  };
}
