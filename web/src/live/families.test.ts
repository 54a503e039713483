import { expect, test } from 'vitest';
import type { Change } from '../api/schema.ts';
import { isChangedBy, isChanging } from './families.ts';

const SLUGS = new Map([
  ['id-shop', 'shop'],
  ['id-data', 'data'],
]);

function change(kind: string, projectId: string | null): Change {
  return {
    kind,
    projectId,
    leaseId: null,
    dynamicSecretId: null,
    approvalRequestId: null,
    connectionId: null,
    createdAt: '2026-11-27T12:00:00Z',
  };
}

const isOld = (kind: string, projectId: string | null, queryKey: unknown[]) =>
  isChangedBy([change(kind, projectId)], SLUGS, { queryKey });

test('a lease makes the lists of its project old, and those of all projects', () => {
  expect(isOld('lease-issued', 'id-shop', ['leases', 'shop', 'active'])).toBe(true);
  expect(isOld('lease-issued', 'id-shop', ['leases', '*', 'held', 'me', ['shop']])).toBe(true);
  expect(isOld('lease-issued', 'id-shop', ['leases', 'data', 'active'])).toBe(false);
  expect(isOld('lease-issued', 'id-shop', ['approvals', 'id-shop'])).toBe(false);
});

test('what names its project by id is found by it', () => {
  expect(isOld('approval-asked', 'id-shop', ['approvals', 'id-shop'])).toBe(true);
  expect(isOld('approval-asked', 'id-shop', ['approvals', 'id-data'])).toBe(false);
  expect(isOld('approval-decided', null, ['approvals', '*'])).toBe(true);
  expect(isOld('dynamic-secret-changed', 'id-data', ['dynamic-secrets', 'data', 'dev', '/'])).toBe(true);
});

test('no change asks a cluster again, nor for what no change touches', () => {
  expect(isOld('connection-changed', null, ['connections', 'id'])).toBe(true);
  expect(isChanging({ queryKey: ['connections', 'id', 'namespaces'] })).toBe(false);
  expect(isChanging({ queryKey: ['me'] })).toBe(false);
});

test('a kind that is not known makes all old', () => {
  expect(isOld('tide-changed', null, ['leases', 'shop', 'active'])).toBe(true);
});
