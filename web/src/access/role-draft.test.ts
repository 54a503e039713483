import { expect, test } from 'vitest';
import type { PermissionRule } from '../api/schema.ts';
import { lineOf, ruleOf } from './role-draft.ts';

const RULES = [
  { subject: 'project', action: ['read'] },
  { subject: 'dynamic-secrets', action: ['lease'], inverted: true },
  {
    subject: 'dynamic-secrets',
    action: ['lease', 'manage-leases'],
    conditions: { environment: { $in: ['dev', 'prod'] }, secretPath: { $glob: '/a/**' } },
  },
  {
    subject: 'dynamic-secrets',
    action: ['lease'],
    conditions: { metadata: { $elemMatch: { key: { $eq: 'a' } } } },
  },
] as unknown as PermissionRule[];

test.each(RULES)('%o is the same rule after it was shown as a line', rule => {
  const line = lineOf(rule);
  expect(line).not.toBeNull();
  expect(line && ruleOf(line)).toEqual(rule);
});

test('what a line cannot say is not changed by one', () => {
  const rule = (environment: object) =>
    ({
      subject: 'dynamic-secrets',
      action: ['lease'],
      conditions: { environment },
    }) as unknown as PermissionRule;
  expect(lineOf(rule({ $ne: 'prod' }))).toBeNull();
  expect(lineOf(rule({ $eq: 'dev', $in: ['dev'] }))).toBeNull();
});

test('a folder without a star is that folder alone', () => {
  const line = lineOf({ subject: 'secret-folders', action: ['read'] });
  expect(line && ruleOf({ ...line, path: '/a' }).conditions).toEqual({ secretPath: { $eq: '/a' } });
});
