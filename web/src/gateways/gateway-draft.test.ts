import { expect, test } from 'vitest';
import { EMPTY, requestOf, withKeysFrom } from './gateway-draft.ts';

const account = { ...EMPTY, name: ' gw ', method: 'service-account' as const };

test('keys that are published go without pasted ones, and are at the issuer where nothing else was typed', () => {
  const issuer = 'https://id.example.com';
  const published = { ...account, ...withKeysFrom(account, 'published'), issuer, keys: 'typed before' };
  expect(requestOf(published)).toEqual({
    name: 'gw',
    method: 'service-account',
    issuer,
    discoveryUrl: issuer,
    namespace: 'mayfly-gateway',
    serviceAccountName: 'mayfly-gateway',
  });
  const elsewhere = { ...published, discoveryUrl: 'https://keys.example.com ', discoveryCaCert: ' PEM ' };
  expect(requestOf(elsewhere)).toMatchObject({
    issuer,
    discoveryUrl: 'https://keys.example.com',
    discoveryCaCert: 'PEM',
  });
  expect(requestOf({ ...elsewhere, keysAre: 'pasted', keys: 'PEM' })).not.toHaveProperty('discoveryUrl');
});

test('the usual issuer goes with pasted keys, and one that was typed stays', () => {
  const published = { ...account, ...withKeysFrom(account, 'published') };
  expect(published.issuer).toBe('');
  expect(withKeysFrom(published, 'pasted').issuer).toBe(EMPTY.issuer);
  const typed = { ...published, issuer: 'https://id.example.com' };
  expect(withKeysFrom(typed, 'pasted')).toEqual({ keysAre: 'pasted' });
});
