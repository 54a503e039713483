import { expect, test } from 'vitest';
import type { EnvironmentPolicy } from '../api/schema.ts';
import { changesOf, draftOf, tidied } from './policy-draft.ts';

const before = draftOf({
  environmentId: 'e',
  version: 1,
  requiresReason: true,
  requiresRevocable: false,
  maxTTL: '8h',
  approval: { approvals: 2, validFor: '1h' },
} as EnvironmentPolicy);

test('what is left as it was is not sent', () => {
  expect(changesOf(before, before)).toEqual({});
  expect(changesOf(before, { ...before, requiresRevocable: true })).toEqual({ requiresRevocable: true });
});

test('an empty time takes the limit away, and nobody to ask takes the asking away', () => {
  expect(changesOf(before, { ...before, maxTTL: '', approvals: '0' })).toEqual({
    maxTTL: null,
    approval: null,
  });
});

test('who agrees is sent with how long that counts', () => {
  expect(changesOf(before, { ...before, approvals: '1' })).toEqual({
    approval: { approvals: 1, validFor: '1h' },
  });
});

test('a draft is tidied to what the server will have', () => {
  expect(tidied({ ...before, maxTTL: ' 3h ', validFor: '2h ' })).toMatchObject({
    maxTTL: '3h',
    validFor: '2h',
  });
  const nobody = tidied({ ...before, approvals: '0', validFor: '2h' });
  const saved = {
    environmentId: 'e',
    version: 2,
    requiresReason: true,
    requiresRevocable: false,
    maxTTL: '8h',
  };
  expect(nobody).toEqual(draftOf(saved as EnvironmentPolicy));
});
