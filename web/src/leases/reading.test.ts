import { expect, test } from 'vitest';
import type { Lease } from '../api/schema.ts';
import { type Reading, type ReadPage, withFresh } from './reading.ts';

/** Leases by ids of one letter each. */
const page = (ids: string, nextCursor: string | null, total = 9): ReadPage => ({
  leases: [...ids].map(id => ({ id }) as Lease),
  nextCursor,
  total,
  readAt: 0,
});
const READ: Reading = { pages: [page('fe', 'e'), page('dc', 'c')], pageParams: ['', 'e'] };
const idsOf = ({ pages }: Reading) => pages.map(({ leases }) => leases.map(({ id }) => id).join(''));

test('a new lease comes first, and none is there twice', () => {
  expect(idsOf(withFresh(READ, '', page('gf', 'f')))).toEqual(['gfe', 'dc']);
});

test('what an answer leaves out of its part is gone, and what it does not reach stays', () => {
  expect(idsOf(withFresh(READ, '', page('ed', 'd')))).toEqual(['e', 'dc']);
  expect(idsOf(withFresh(READ, 'f', page('ec', 'c')))).toEqual(['fe', 'c']);
  expect(idsOf(withFresh(READ, '', page('', null)))).toEqual(['', '']);
});

test('what is further down than was read is left to be read', () => {
  expect(idsOf(withFresh(READ, 'f', page('edba', 'a')))).toEqual(['fe', 'd']);
});

test('where more is new than an answer holds, the list begins anew', () => {
  expect(idsOf(withFresh(READ, '', page('kj', 'j')))).toEqual(['kj']);
});

test('how many there are is told by the newest answer', () => {
  expect(withFresh(READ, 'f', page('ed', 'd', 7)).pages.map(({ total }) => total)).toEqual([7, 7]);
});
