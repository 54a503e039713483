/** How a kubeconfig lets its user in, as far as that is no token to carry over. */
export type NoToken = 'exec' | 'certificate' | 'password' | 'provider' | 'file' | 'none';

/** What one context of a kubeconfig says of its cluster and its user. */
export interface Access {
  context: string;
  url: string;
  /** In PEM; empty where the system's CAs are trusted. */
  ca: string;
  /** Empty where there is none, and then `noToken` says why. */
  token: string;
  noToken: NoToken | null;
  /** The program or file that `noToken` is about. */
  about: string;
  /** Parts that Mayfly does otherwise or cannot follow from here. */
  ignored: Ignored[];
}

export type Ignored = 'caFile' | 'unverified' | 'serverName' | 'proxy';

/** Why a text is no kubeconfig to read anything from. */
export type Unreadable = 'tooLong' | 'syntax' | 'noContext';

export class KubeconfigError extends Error {
  constructor(readonly why: Unreadable) {
    super(why);
  }
}

/** Far above any real one. */
const MOST = 1_000_000;

type Fields = Record<string, unknown>;

/** Reads a kubeconfig here in the browser: the context in use first. What reads YAML comes with the first that is pasted. */
export async function readKubeconfig(text: string): Promise<Access[]> {
  if (text.length > MOST) throw new KubeconfigError('tooLong');
  const root = await parsed(text);
  const current = textOf(root['current-context']);
  const found = listOf(root.contexts).flatMap(entry => accessOf(root, entry));
  if (found.length === 0) throw new KubeconfigError('noContext');
  return found.sort((a, b) => Number(b.context === current) - Number(a.context === current));
}

async function parsed(text: string): Promise<Fields> {
  const { parse } = await import('yaml');
  try {
    return fieldsOf(parse(text));
  } catch {
    throw new KubeconfigError('syntax');
  }
}

function accessOf(root: Fields, entry: Fields): Access[] {
  const context = fieldsOf(entry.context);
  const cluster = named(root.clusters, context.cluster, 'cluster');
  const user = named(root.users, context.user, 'user') ?? {};
  const url = textOf(cluster?.server);
  if (cluster === undefined || url === '') return [];
  const caData = textOf(cluster['certificate-authority-data']);
  const token = textOf(user.token).trim();
  const [noToken, about] = token === '' ? whyNoToken(user) : [null, ''];
  return [
    {
      context: textOf(entry.name),
      url,
      ca: decoded(caData),
      token,
      noToken,
      about,
      ignored: ignoredOf(cluster),
    },
  ];
}

function whyNoToken(user: Fields): [NoToken, string] {
  if (user.exec !== undefined) return ['exec', textOf(fieldsOf(user.exec).command)];
  if (user.tokenFile !== undefined) return ['file', textOf(user.tokenFile)];
  if (user['auth-provider'] !== undefined) return ['provider', textOf(fieldsOf(user['auth-provider']).name)];
  if (user['client-certificate-data'] !== undefined || user['client-certificate'] !== undefined)
    return ['certificate', ''];
  return user.username === undefined ? ['none', ''] : ['password', ''];
}

function ignoredOf(cluster: Fields): Ignored[] {
  const checks: [Ignored, boolean][] = [
    [
      'caFile',
      cluster['certificate-authority'] !== undefined && cluster['certificate-authority-data'] === undefined,
    ],
    ['unverified', cluster['insecure-skip-tls-verify'] === true],
    ['serverName', cluster['tls-server-name'] !== undefined],
    ['proxy', cluster['proxy-url'] !== undefined],
  ];
  return checks.flatMap(([name, isSo]) => (isSo ? [name] : []));
}

/** PEM from its base64; what is neither stays away, and the server asks for a CA if it needs one. */
function decoded(base64: string): string {
  try {
    const text = atob(base64.trim());
    return text.includes('-----BEGIN CERTIFICATE-----') ? text : '';
  } catch {
    return '';
  }
}

function named(list: unknown, name: unknown, kind: 'cluster' | 'user'): Fields | undefined {
  const entry = listOf(list).find(candidate => candidate.name === name);
  return entry === undefined ? undefined : fieldsOf(entry[kind]);
}

function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
