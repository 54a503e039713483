/** What a new gateway is to let itself be asked, as somebody types it: the beginning of its policy file. */
export interface Rules {
  /** Accounts whose tokens it may give out, each as `namespace/name`. */
  accounts: string[];
  /** Where it may make accounts for leases. */
  namespaces: string[];
  /** What those may get: the name of a ClusterRole, or `Role/` and that of a Role. */
  roles: string[];
  /** Whether it passes bytes on to its API server, for leases whose credential is the server's. */
  forwards: boolean;
}

export const NO_RULES: Rules = { accounts: [], namespaces: [], roles: [], forwards: false };

const ACCOUNT = /^([^/\s]+)\/([^/\s]+)$/;

/** Those that are not `namespace/name`. */
export function misnamed(accounts: string[]): string[] {
  return accounts.filter(account => !ACCOUNT.test(account));
}

/** The policy file, in YAML. Whatever is not named in it is refused. */
export function policyFile({ accounts, namespaces, roles, forwards }: Rules): string {
  const isDynamic = namespaces.length > 0 || roles.length > 0;
  const lines = [
    ...(accounts.length > 0 ? ['static:', '  accounts:', ...accounts.flatMap(account)] : []),
    ...(isDynamic ? ['dynamic:', `  namespaces: [${namespaces.map(quoted).join(', ')}]`] : []),
    ...(roles.length > 0 ? ['  roles:', ...roles.map(role)] : []),
    ...(forwards ? ['forward: { enabled: true }'] : []),
  ];
  return (lines.length > 0 ? lines : ['static: {}']).join('\n');
}

function account(text: string): string[] {
  const [, namespace, name] = ACCOUNT.exec(text) ?? [];
  if (namespace === undefined || name === undefined) return [];
  return [`    - { namespace: ${quoted(namespace)}, name: ${quoted(name)} }`];
}

function role(text: string): string {
  const [, kind = 'ClusterRole', name = text] = /^(Role|ClusterRole)\/(.+)$/.exec(text) ?? [];
  return `    - { kind: ${kind}, name: ${quoted(name)} }`;
}

/** A name may be digits only, or a word that YAML reads as something else. */
const quoted = (name: string) => JSON.stringify(name);
