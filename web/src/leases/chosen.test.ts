import { expect, test } from 'vitest';
import type { Lease } from '../api/schema.ts';
import { inView } from './chosen.ts';

const lease = (id: string, state = 'active') => ({ id, state }) as Lease;
const chosen = new Map([lease('9'), lease('5'), lease('2')].map(one => [one.id, one]));
const ids = (found: ReadonlyMap<string, Lease>) => [...found.keys()];

test('what has left the list is chosen no more', () => {
  expect(ids(inView(chosen, { leases: [lease('9'), lease('2')], isWhole: true }))).toEqual(['9', '2']);
  expect(ids(inView(chosen, { leases: [], isWhole: true }))).toEqual([]);
});

test('what was not read so far stays chosen', () => {
  expect(ids(inView(chosen, { leases: [lease('9'), lease('4')], isWhole: false }))).toEqual(['9', '2']);
  expect(ids(inView(chosen, { leases: [], isWhole: false }))).toEqual(['9', '5', '2']);
});

test('each is as the list has it now', () => {
  const found = inView(chosen, { leases: [lease('9', 'closed'), lease('4')], isWhole: false });
  expect(found.get('9')?.state).toBe('closed');
});
