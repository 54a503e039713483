/** What a token says of itself, read and not verified: whoever issued it is the cluster's to know. */
export interface Claims {
  issuer: string;
  subject: string;
  audiences: string[];
  notBefore: string | null;
  expiresAt: string | null;
  /** The object that the token is bound to and dies with, such as `Secret anchor-1`. */
  boundTo: string | null;
}

interface Payload {
  iss?: string;
  sub?: string;
  aud?: string | string[];
  nbf?: number;
  exp?: number;
  'kubernetes.io'?: Record<string, { name?: string } | string | undefined>;
}

export function readClaims(token: string): Claims | null {
  try {
    const payload = JSON.parse(decode(token.split('.')[1] ?? '')) as Payload;
    return {
      issuer: payload.iss ?? '',
      subject: payload.sub ?? '',
      audiences: [payload.aud ?? []].flat(),
      notBefore: date(payload.nbf),
      expiresAt: date(payload.exp),
      boundTo: boundObject(payload),
    };
  } catch {
    return null;
  }
}

function decode(part: string): string {
  const bytes = Uint8Array.from(atob(part.replaceAll('-', '+').replaceAll('_', '/')), letter =>
    letter.charCodeAt(0),
  );
  return new TextDecoder().decode(bytes);
}

function date(seconds: number | undefined): string | null {
  return seconds === undefined ? null : new Date(seconds * 1000).toISOString();
}

function boundObject(payload: Payload): string | null {
  const facts = payload['kubernetes.io'] ?? {};
  for (const kind of ['secret', 'pod', 'node']) {
    const found = facts[kind];
    if (typeof found === 'object' && found.name !== undefined) return `${kind} ${found.name}`;
  }
  return null;
}
