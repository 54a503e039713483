import type {
  ClusterConnection,
  CreateClusterConnectionRequest,
  UpdateClusterConnectionRequest,
} from '../api/schema.ts';

/** A connection as somebody is about to save it. */
export interface ConnectionDraft {
  name: string;
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
  return {
    name: connection.name ?? '',
    url: connection.url,
    ca: connection.ca ?? '',
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
  const { ca, clientUrl, clusterToken } = trimmed(draft);
  return {
    name: draft.name.trim(),
    url: draft.url.trim(),
    clusterToken,
    renewsToken: draft.renewsToken,
    limits: limitsOf(draft),
    ...sharingOf(draft),
    ...(ca === '' ? {} : { ca: draft.ca }),
    ...(clientUrl === '' ? {} : { clientUrl }),
  };
}

/** What is sent to change one: only what differs. Limits are replaced together, and what this form does not know of them stays. */
export function changesOf(before: ClusterConnection, draft: ConnectionDraft): UpdateClusterConnectionRequest {
  const old = draftOf(before);
  const { ca, clientUrl, clusterToken } = trimmed(draft);
  const isOther = (...fields: (keyof ConnectionDraft)[]) =>
    fields.some(field => JSON.stringify(old[field]) !== JSON.stringify(draft[field]));
  return {
    ...(isOther('name') ? { name: draft.name.trim() } : {}),
    ...(isOther('url') ? { url: draft.url.trim() } : {}),
    ...(isOther('ca') ? { ca: ca === '' ? null : draft.ca } : {}),
    ...(isOther('clientUrl') ? { clientUrl: clientUrl === '' ? null : clientUrl } : {}),
    ...(clusterToken === '' ? {} : { clusterToken }),
    ...(isOther('renewsToken') ? { renewsToken: draft.renewsToken } : {}),
    ...(isOther('sharedWith', 'projectIds') ? sharingOf(draft) : {}),
    ...(JSON.stringify(limitsOf(old)) === JSON.stringify(limitsOf(draft))
      ? {}
      : { limits: { ...before.limits, ...limitsOf(draft) } }),
  };
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
