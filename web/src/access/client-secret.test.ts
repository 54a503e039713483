import { expect, test } from 'vitest';
import type { ClientSecretData } from '../api/schema.ts';
import { endOf, standingOf } from './client-secret.ts';

const NOON = Date.parse('2026-11-27T12:00:00Z');
const secret = (facts: Partial<ClientSecretData>) =>
  ({
    createdAt: '2026-11-27T11:00:00Z',
    clientSecretTTL: 0,
    clientSecretNumUses: 3,
    clientSecretNumUsesLimit: 0,
    isClientSecretRevoked: false,
    ...facts,
  }) as ClientSecretData;

test.each([
  [{}, 'good'],
  [{ clientSecretTTL: 3601 }, 'good'],
  [{ clientSecretTTL: 3600 }, 'expired'],
  [{ clientSecretNumUsesLimit: 4 }, 'good'],
  [{ clientSecretNumUsesLimit: 3 }, 'usedUp'],
  [{ clientSecretTTL: 60, isClientSecretRevoked: true }, 'revoked'],
])('%o: %s', (facts, standing) => {
  expect(standingOf(secret(facts), NOON)).toBe(standing);
});

test('one without a lifetime has no end', () => {
  expect(endOf(secret({}))).toBeNull();
  expect(endOf(secret({ clientSecretTTL: 7200 }))).toBe('2026-11-27T13:00:00.000Z');
});
