import type { Lease, LeaseCluster } from '../api/schema.ts';

/**
 * Commands that hold a token. What is shown of them has `token` masked; what is copied has it whole. Each names the cluster
 * that the token is for: the one that somebody's kubectl has chosen may be another.
 */
export interface OneLiners {
  kubectl: string;
  env: string;
  curl: string;
}

/** For a shell. Names of Kubernetes need no quotes there; addresses get them. */
export function oneLiners({ namespace }: Lease, cluster: LeaseCluster, token: string): OneLiners {
  return {
    kubectl: kubectlOf(namespace, cluster, token),
    env: [
      `export API_SERVER=${quoted(cluster.server)}`,
      ...(cluster.caData == null ? [] : [`export API_SERVER_CA=${cluster.caData}`]),
      `export TOKEN=${token}`,
    ].join('\n'),
    curl: [
      `curl ${authority(cluster)}--header 'Authorization: Bearer ${token}' \\`,
      `  ${quoted(`${cluster.server}/api/v1/namespaces/${namespace}/pods`)}`,
    ].join('\n'),
  };
}

/**
 * Without a kubeconfig: a certificate that somebody has there for the same address would be believed before the token. The
 * CA is in a file, because kubectl reads it more than once.
 */
function kubectlOf(namespace: string, { server, caData }: LeaseCluster, token: string): string {
  const flags = [
    '--kubeconfig=/dev/null',
    `--server=${quoted(server)}`,
    ...(caData == null ? [] : ['--certificate-authority="$ca"']),
    `--token=${token}`,
    `--namespace=${namespace}`,
  ];
  const file = caData == null ? [] : [`ca=$(mktemp) && echo ${caData} | base64 --decode > "$ca"`];
  return [...file, `kubectl ${flags.join(' \\\n  ')} \\\n  get pods`].join('\n');
}

/** A CA of its own is handed over without a file; the roots of the system need nothing said. */
function authority({ caData }: LeaseCluster): string {
  return caData == null ? '' : `--cacert <(echo ${caData} | base64 --decode) \\\n  `;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
