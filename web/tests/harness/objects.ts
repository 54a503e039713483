import { get } from 'node:https';
import { type Cluster, kubectl, NAMESPACE, tokenOf } from './cluster.ts';

const API = 'rbac.authorization.k8s.io';
const KINDS = 'serviceaccounts,secrets,configmaps,roles,rolebindings,clusterroles,clusterrolebindings';

export interface Rule {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: string[];
}

/** Applies objects as `kubectl apply` does. */
export function apply(...items: object[]): void {
  kubectl(['apply', '--filename', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
}

/** Everything of the kinds that Mayfly makes, wherever it is, each with its UID: what is made anew is another one. */
export function contents(): string[] {
  const { items } = JSON.parse(kubectl(['get', KINDS, '--all-namespaces', '--output', 'json']));
  return items
    .map(
      ({ kind, metadata }: { kind: string; metadata: { namespace?: string; name: string; uid: string } }) =>
        [kind, metadata.namespace ?? '', metadata.name, metadata.uid].join('/'),
    )
    .sort();
}

/** What is there now and was not then. */
export function added(before: string[]): string[] {
  return contents().filter(object => !before.includes(object));
}

/** A name that no other run of a test has. */
export function fresh(name: string): string {
  return `${name}-${Date.now().toString(36)}`;
}

/** A token of a new account that may do only this, in the namespace of the tests. */
export function limitedToken(name: string, ...rules: Rule[]): string {
  const metadata = { name, namespace: NAMESPACE };
  const kind = { apiVersion: `${API}/v1`, metadata };
  apply(
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { ...kind, kind: 'Role', rules },
    {
      ...kind,
      kind: 'RoleBinding',
      roleRef: { apiGroup: API, kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', ...metadata }],
    },
  );
  return tokenOf(name);
}

export const role = (name: string, ...rules: Rule[]) => ({
  apiVersion: `${API}/v1`,
  kind: 'Role',
  metadata: { name, namespace: NAMESPACE },
  rules,
});

export const clusterRole = (name: string, ...rules: Rule[]) => ({
  apiVersion: `${API}/v1`,
  kind: 'ClusterRole',
  metadata: { name },
  rules,
});

/** Bindings that lead to an account, as `RoleBinding/namespace/role`. */
export function bindingsOf(account: string): string[] {
  const { items } = JSON.parse(
    kubectl(['get', 'rolebindings,clusterrolebindings', '--all-namespaces', '--output', 'json']),
  );
  interface Binding {
    kind: string;
    metadata: { namespace?: string };
    roleRef: { name: string };
    subjects?: { name: string }[];
  }
  return items
    .filter(({ subjects = [] }: Binding) => subjects.some(({ name }) => name === account))
    .map(({ kind, metadata, roleRef }: Binding) => [kind, metadata.namespace ?? '*', roleRef.name].join('/'));
}

/** Whom the cluster takes a token for, or why it does not. */
export function whoIs(token: string): string {
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } };
  const answer = kubectl(['create', '--filename', '-', '--output', 'json'], JSON.stringify(review));
  const { status } = JSON.parse(answer);
  return status.authenticated === true ? status.user.username : 'nobody';
}

/** What the API server itself answers to whoever comes with a token: 401 is nobody it knows. */
export function statusOf(token: string, { url, ca }: Pick<Cluster, 'url' | 'ca'>): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { Authorization: `Bearer ${token}` };
    get(new URL('/api/v1/namespaces', url), { ca, headers, agent: false }, answer => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    }).once('error', reject);
  });
}
