import { expect, test } from 'vitest';
import type { PermissionRule, Role } from '../api/schema.ts';
import { changesOf, draftOf, lineOf, ruleOf } from './role-draft.ts';

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

test('what is left as it was is not sent, and rules only where all of them are lines', () => {
  const role = { name: 'Reader', permissions: RULES } as Role;
  const draft = draftOf(role);
  expect(changesOf(role, draft, 'too much')).toEqual({});
  expect(changesOf(role, { ...draft, name: ' Other ' }, 'too much')).toEqual({ name: 'Other' });
  const fewer = { ...draft, lines: draft.lines.slice(1) };
  expect(changesOf(role, fewer, 'too much')).toEqual({ permissions: RULES.slice(1) });
  const conditions = { environment: { $ne: 'prod' } };
  const more = [...RULES, { ...RULES[0], conditions }] as unknown as PermissionRule[];
  expect(() => changesOf({ ...role, permissions: more }, fewer, 'too much')).toThrow('too much');
});
