import { api, body } from '../api/client.ts';
import type { SignedIn } from '../api/schema.ts';

export interface Credentials {
  email: string;
  password: string;
  /** Of the second factor, once it was asked for. */
  code?: string;
}

/** Begins a session that comes as a cookie; nothing of it is kept here. */
export function signIn(credentials: Credentials): Promise<SignedIn> {
  return body(api.POST('/api/v1/auth/login', { body: { ...credentials, kind: 'cookie' } }));
}

export async function signOut(): Promise<void> {
  await body(api.POST('/api/v1/auth/logout'));
}
