import { expect, test } from 'vitest';
import { readClaims } from './claims.ts';

const token = (payload: unknown) => `e30.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.c2ln`;

test('claims are read as the cluster wrote them', () => {
  const claims = readClaims(
    token({
      iss: 'https://kubernetes.default.svc',
      sub: 'system:serviceaccount:töst:deployer',
      aud: ['a', 'b'],
      nbf: 0,
      exp: 1_767_268_800,
      'kubernetes.io': { namespace: 'töst', secret: { name: 'anchor-1', uid: '1' } },
    }),
  );
  expect(claims).toEqual({
    issuer: 'https://kubernetes.default.svc',
    subject: 'system:serviceaccount:töst:deployer',
    audiences: ['a', 'b'],
    notBefore: '1970-01-01T00:00:00.000Z',
    expiresAt: '2026-01-01T12:00:00.000Z',
    boundTo: 'secret anchor-1',
  });
});

test('one audience may stand without a list', () => {
  expect(readClaims(token({ aud: 'only' }))?.audiences).toEqual(['only']);
});

test.each(['', 'opaque', 'a.b.c'])('%s has no claims', text => {
  expect(readClaims(text)).toBeNull();
});
