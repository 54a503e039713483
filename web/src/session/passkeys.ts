import { api, body } from '../api/client.ts';
import type { CreationOptions, RequestOptions, SignedIn } from '../api/schema.ts';
import type { Credentials } from './sign-in.ts';

/** Whether this browser can hold or reach passkeys at this address: over TLS, or on `localhost`. */
export function hasPasskeys(): boolean {
  return (
    typeof PublicKeyCredential === 'function' &&
    typeof PublicKeyCredential.parseRequestOptionsFromJSON === 'function'
  );
}

/** Whether somebody closed the browser's own dialog, or let its time run out: that is no failure to explain. */
export function isDismissed(thrown: unknown): boolean {
  return thrown instanceof DOMException && ['NotAllowedError', 'AbortError'].includes(thrown.name);
}

/** Begins a session by a passkey alone, which stands for both factors. */
export async function signInByPasskey(): Promise<SignedIn> {
  const { publicKey } = await body(api.POST('/api/v1/auth/passkeys/options'));
  const credential = await answer(publicKey);
  return body(api.POST('/api/v1/auth/passkeys/login', { body: { credential, kind: 'cookie' } }));
}

/** The same with the password, in place of a code. */
export async function signInWithPasskey(credentials: Credentials): Promise<SignedIn> {
  const { email, password } = credentials;
  const path = '/api/v1/auth/passkeys/second-factor-options';
  const { publicKey } = await body(api.POST(path, { body: { email, password } }));
  const passkey = await answer(publicKey);
  return body(api.POST('/api/v1/auth/login', { body: { email, password, passkey, kind: 'cookie' } }));
}

// What the browser takes and gives is the server's own shape, under another name for its types.
async function answer(publicKey: RequestOptions) {
  const options = PublicKeyCredential.parseRequestOptionsFromJSON(
    publicKey as PublicKeyCredentialRequestOptionsJSON,
  );
  const found = (await navigator.credentials.get({ publicKey: options })) as PublicKeyCredential;
  return found.toJSON() as AuthenticationResponseJSON;
}

/** Has the browser make a passkey, for the server to keep its public half. */
export async function makePasskey(publicKey: CreationOptions) {
  const options = PublicKeyCredential.parseCreationOptionsFromJSON(
    publicKey as PublicKeyCredentialCreationOptionsJSON,
  );
  const made = (await navigator.credentials.create({ publicKey: options })) as PublicKeyCredential;
  return made.toJSON() as RegistrationResponseJSON;
}
