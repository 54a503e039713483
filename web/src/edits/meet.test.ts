import { expect, test } from 'vitest';
import { begun, meet } from './meet.ts';

const FIRST = { name: 'shop', maxTTL: '8h', audiences: ['a'] };
const typed = (changes: Partial<typeof FIRST>) => ({ ...begun(FIRST), draft: { ...FIRST, ...changes } });

test('what was left alone follows others, and what was typed stays', () => {
  const edit = meet(typed({ name: 'market' }), { ...FIRST, audiences: ['b'] });
  expect(edit.draft).toEqual({ name: 'market', maxTTL: '8h', audiences: ['b'] });
  expect(edit).toMatchObject({ followed: ['audiences'], clashes: [] });
});

test('what both changed is kept as typed, and named with what it is now', () => {
  const edit = meet(typed({ name: 'market' }), { ...FIRST, name: 'store' });
  expect(edit.draft.name).toBe('market');
  expect(edit.base.name).toBe('store');
  expect(edit.clashes).toEqual(['name']);
});

test('what both changed alike is no clash', () => {
  const edit = meet(typed({ name: 'market', maxTTL: '1h' }), { ...FIRST, name: 'market' });
  expect(edit).toMatchObject({ followed: [], clashes: [], draft: { name: 'market', maxTTL: '1h' } });
});

test('where nothing was typed the form is as if opened now', () => {
  const theirs = { ...FIRST, name: 'store' };
  expect(meet(begun(FIRST), theirs)).toEqual(begun(theirs));
});

test('a third version leaves what is known of the second', () => {
  const second = meet(typed({ name: 'market' }), { ...FIRST, name: 'store', maxTTL: '2h' });
  const third = meet(second, { ...FIRST, name: 'store', maxTTL: '2h', audiences: [] });
  expect(third).toMatchObject({ followed: ['maxTTL', 'audiences'], clashes: ['name'] });
});

test('once saved nothing is left to be said', () => {
  const edit = meet(typed({ name: 'market' }), { ...FIRST, name: 'store' });
  expect(meet(edit, edit.draft)).toEqual(begun(edit.draft));
});
