import { execFileSync } from 'node:child_process';

/** The real API server of the tests, and what Mayfly needs in it. */
export interface Cluster {
  url: string;
  ca: string;
  /** Of an account that may issue for `deployer` and make temporary accounts. */
  token: string;
}

export const NAMESPACE = 'web-tests';
export const ACCOUNT = 'deployer';

export function kubeconfig(): string {
  const path = process.env.MAYFLY_TEST_KUBECONFIG;
  if (path === undefined)
    throw new Error('set MAYFLY_TEST_KUBECONFIG to the file that `cargo xtask cluster up` prints');
  return path;
}

export function kubectl(args: string[], input?: string): string {
  const environment = { ...process.env, KUBECONFIG: kubeconfig() };
  return execFileSync(process.env.MAYFLY_KUBECTL ?? 'kubectl', args, {
    env: environment,
    encoding: 'utf8',
    ...(input === undefined ? {} : { input }),
  });
}

/** A token of one of our accounts there. */
export function tokenOf(account: string): string {
  return kubectl(['--namespace', NAMESPACE, 'create', 'token', account, '--duration=24h']).trim();
}

export function prepareCluster(): Cluster {
  // By the server: of two runs that begin at once, neither fails because the other was faster.
  kubectl(['apply', '--server-side', '--force-conflicts', '--filename', '-'], manifest());
  const view = JSON.parse(kubectl(['config', 'view', '--raw', '--minify', '--flatten', '--output', 'json']));
  const { server, 'certificate-authority-data': ca } = view.clusters[0].cluster;
  return {
    url: server,
    ca: Buffer.from(ca, 'base64').toString(),
    token: tokenOf('mayfly-issuer'),
  };
}

const API = 'rbac.authorization.k8s.io';
const here = (name: string) => ({ name, namespace: NAMESPACE });

function manifest(): string {
  const rules = [{ apiGroups: [''], resources: ['configmaps', 'events'], verbs: ['get', 'list'] }];
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: here(ACCOUNT) },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: here('mayfly-issuer') },
    { apiVersion: `${API}/v1`, kind: 'Role', metadata: here('reader'), rules },
    {
      apiVersion: `${API}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: `${NAMESPACE}-issuer` },
      roleRef: { apiGroup: API, kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', ...here('mayfly-issuer') }],
    },
  ];
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}
