import { expect, test } from 'vitest';
import type { MembershipRole } from '../api/schema.ts';
import { begun, isSame, meet } from '../edits/meet.ts';
import { chosen, draftOf, rolesInWords } from './member-draft.ts';

const FOR_A_TIME = {
  isTemporary: true,
  temporaryMode: 'relative',
  temporaryRange: '8h',
  temporaryAccessStartTime: '2026-11-26T08:00:00Z',
};
const ROLES: MembershipRole[] = [
  { id: '1', role: 'admin', ...FOR_A_TIME, temporaryAccessEndTime: '2026-11-26T16:00:00Z' },
  { id: '2', role: 'custom', customRoleSlug: 'reader', isTemporary: false },
];

test('a role for a time is sent as it was given', () => {
  expect(draftOf({ roles: ROLES }).roles).toEqual([{ role: 'admin', ...FOR_A_TIME }, { role: 'reader' }]);
});

test('another role beside it leaves it as it was given, and is one for ever', () => {
  const { roles } = draftOf({ roles: ROLES });
  expect(chosen(['admin', 'viewer'], roles)).toEqual([{ role: 'admin', ...FOR_A_TIME }, { role: 'viewer' }]);
});

test('what was taken out and put back is no change', () => {
  const { roles } = draftOf({ roles: ROLES });
  const without = chosen(['reader'], roles);
  expect(isSame(chosen(['admin', ...without.map(({ role }) => role)], roles), roles)).toBe(true);
});

test('a role that others gave for ever meanwhile is for ever', () => {
  const forEver = ROLES.map(one => ({ id: one.id, role: one.role, isTemporary: false }));
  const edit = meet(begun(draftOf({ roles: ROLES })), draftOf({ roles: forEver }));
  expect(edit.draft.roles[0]).toEqual({ role: 'admin' });
});

test('the words for roles say which is for a time', () => {
  expect(rolesInWords(draftOf({ roles: ROLES }).roles)).toBe('admin (8h), reader');
});
