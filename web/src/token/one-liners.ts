import type { Lease, LeaseCluster } from '../api/schema.ts';

/** Commands that hold a token. What is shown of them has `token` masked; what is copied has it whole. */
export interface OneLiners {
  kubectl: string;
  env: string;
  curl: string;
}

/** For a shell. Names of Kubernetes need no quotes there; addresses get them. */
export function oneLiners(name: string, lease: Lease, cluster: LeaseCluster, token: string): OneLiners {
  const { namespace } = lease;
  return {
    kubectl: [
      `kubectl config set-credentials ${name} --token=${token}`,
      `kubectl --user=${name} --namespace=${namespace} get pods`,
    ].join('\n'),
    env: `export TOKEN=${token}`,
    curl: [
      `curl ${authority(cluster)}--header 'Authorization: Bearer ${token}' \\`,
      `  ${quoted(`${cluster.server}/api/v1/namespaces/${namespace}/pods`)}`,
    ].join('\n'),
  };
}

/** A CA of its own is handed over without a file; the roots of the system need nothing said. */
function authority({ caData }: LeaseCluster): string {
  return caData == null ? '' : `--cacert <(echo ${caData} | base64 --decode) \\\n  `;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
