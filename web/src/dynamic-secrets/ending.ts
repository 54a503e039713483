import type { DynamicSecret } from '../api/schema.ts';

export type Ending = 'revoked' | 'lives';

/**
 * What ending a lease of it does to the token. `revocable` is said of existing accounts only; a temporary account is
 * removed with its lease, and its token with it.
 */
export function endingOf(secret: Pick<DynamicSecret, 'revocable'>): Ending {
  return secret.revocable === false ? 'lives' : 'revoked';
}
