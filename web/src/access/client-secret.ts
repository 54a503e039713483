import type { ClientSecretData } from '../api/schema.ts';

/** When it is good for nothing any more by itself; null where that never comes. */
export function endOf({ createdAt, clientSecretTTL }: ClientSecretData): string | null {
  if (clientSecretTTL === 0) return null;
  return new Date(Date.parse(createdAt) + clientSecretTTL * 1000).toISOString();
}

/** Whether a machine can sign in with it, and if not, why. */
export function standingOf(secret: ClientSecretData, now: number): 'good' | 'revoked' | 'expired' | 'usedUp' {
  const { isClientSecretRevoked, clientSecretNumUses: uses, clientSecretNumUsesLimit: limit } = secret;
  const end = endOf(secret);
  if (isClientSecretRevoked) return 'revoked';
  if (end !== null && Date.parse(end) <= now) return 'expired';
  return limit > 0 && uses >= limit ? 'usedUp' : 'good';
}
