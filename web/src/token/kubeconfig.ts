import type { Lease, LeaseCluster } from '../api/schema.ts';

/** A kubeconfig for exactly this token, made here from the answer, without asking for another one. */
export function kubeconfig(lease: Lease, cluster: LeaseCluster, token: string): string {
  const host = new URL(cluster.server).host;
  const name = `${lease.serviceAccountName}@${host}`;
  const authority =
    cluster.caData == null ? [] : [`      certificate-authority-data: ${quoted(cluster.caData)}`];
  const lines = [
    'apiVersion: v1',
    'kind: Config',
    'clusters:',
    `  - name: ${quoted(host)}`,
    '    cluster:',
    `      server: ${quoted(cluster.server)}`,
    ...authority,
    'users:',
    `  - name: ${quoted(name)}`,
    '    user:',
    `      token: ${quoted(token)}`,
    'contexts:',
    `  - name: ${quoted(name)}`,
    '    context:',
    `      cluster: ${quoted(host)}`,
    `      user: ${quoted(name)}`,
    `      namespace: ${quoted(lease.namespace)}`,
    `current-context: ${quoted(name)}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** JSON's quotes are YAML's double quotes, too. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

/** Hands a file to the browser. Nothing of it stays in the page. */
export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/yaml' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
