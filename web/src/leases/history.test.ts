import { expect, test } from 'vitest';
import type { Lease, LeaseHistory } from '../api/schema.ts';
import { joined } from './history.ts';

const page = (ids: string, nextCursor: string | null): LeaseHistory => ({
  leases: [...ids].map(id => ({ id }) as Lease),
  nextCursor,
});
const PAGES = [page('fe', 'e'), page('dc', 'c')];
const idsOf = (leases: Lease[]) => leases.map(({ id }) => id).join('');

test('pages follow one another', () => {
  expect(idsOf(joined(PAGES, undefined))).toBe('fedc');
});

test('a new lease comes first, and none is there twice', () => {
  expect(idsOf(joined(PAGES, page('gf', 'f')))).toBe('gfedc');
});

test('what the newest answer leaves out is gone, and what it does not reach stays', () => {
  expect(idsOf(joined(PAGES, page('ed', 'd')))).toBe('edc');
  expect(idsOf(joined(PAGES, page('d', null)))).toBe('d');
});
