import { execFileSync } from 'node:child_process';
import { createPublicKey, createSign, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface IdentityProvider {
  issuer: string;
  /** The certificate to trust it by. */
  ca: string;
  stop: () => void;
}

/** An identity provider for tests: whoever is sent there is Edda at once. It speaks just enough OpenID Connect for one sign-in. */
export async function startIdentityProvider(): Promise<IdentityProvider> {
  const { key, cert } = makeCertificate();
  const nonces = new Map<string, string | null>();
  const server = createServer({ key, cert });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const issuer = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    void answer(request, response);
  });
  return { issuer, ca: cert, stop: () => server.close() };

  async function answer(request: IncomingMessage, response: ServerResponse) {
    const url = new URL(request.url ?? '/', issuer);
    if (url.pathname === '/authorize') sendBack(url, response);
    else if (url.pathname === '/token') await handOver(request, response);
    else if (url.pathname === '/keys') json(response, { keys: [publicKey()] });
    else json(response, description());
  }

  function sendBack(url: URL, response: ServerResponse) {
    const code = randomUUID();
    nonces.set(code, url.searchParams.get('nonce'));
    const back = new URL(url.searchParams.get('redirect_uri') ?? '');
    back.searchParams.set('code', code);
    back.searchParams.set('state', url.searchParams.get('state') ?? '');
    back.searchParams.set('iss', issuer);
    response.writeHead(302, { Location: back.href }).end();
  }

  async function handOver(request: IncomingMessage, response: ServerResponse) {
    const sent = new URLSearchParams((await request.toArray()).join(''));
    const nonce = nonces.get(sent.get('code') ?? '');
    const now = Math.floor(Date.now() / 1000);
    const person = { sub: 'edda', email: 'edda@example.com', email_verified: true, name: 'Edda' };
    const claims = { iss: issuer, aud: 'mayfly', iat: now, exp: now + 300, nonce, ...person };
    const id_token = sign(claims);
    json(response, { access_token: 'of no use', token_type: 'Bearer', expires_in: 300, id_token });
  }

  function sign(claims: object): string {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const text = `${part({ alg: 'RS256', kid: 'only', typ: 'JWT' })}.${part(claims)}`;
    return `${text}.${createSign('RSA-SHA256').update(text).sign(key, 'base64url')}`;
  }

  function publicKey() {
    return { ...createPublicKey(key).export({ format: 'jwk' }), kid: 'only', alg: 'RS256', use: 'sig' };
  }

  function description() {
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/keys`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      scopes_supported: ['openid', 'email', 'profile'],
      id_token_signing_alg_values_supported: ['RS256'],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      authorization_response_iss_parameter_supported: true,
    };
  }
}

function json(response: ServerResponse, value: object) {
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
}

function makeCertificate(): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-web-provider-'));
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
  const extensions = ['subjectAltName=IP:127.0.0.1', 'basicConstraints=critical,CA:FALSE'];
  const name = ['-subj', '/CN=127.0.0.1', ...extensions.flatMap(one => ['-addext', one])];
  const files = ['-keyout', key, '-out', cert];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...name, ...files],
    {
      stdio: 'ignore',
    },
  );
  const made = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  rmSync(folder, { recursive: true });
  return made;
}
