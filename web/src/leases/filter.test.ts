import { expect, test } from 'vitest';
import type { Project } from '../api/schema.ts';
import { type Filter, filterOf, liveOf } from './filter.ts';
import { type LeaseSearch, leaseSearch } from './search.ts';

const PROJECTS = [{ slug: 'shop', environments: [{ id: 'e-1', slug: 'prod' }] }] as unknown as Project[];

test.each<[LeaseSearch, Filter]>([
  [{}, {}],
  [
    { project: 'shop', env: 'prod' },
    { projectSlug: 'shop', environmentId: 'e-1' },
  ],
  [{ actor: 'me' }, { holderId: 'u-1' }],
  [{ actor: 'u-2' }, { holderId: 'u-2' }],
  [{ status: 'failing' }, { hasFailed: true }],
  [{ status: 'early' }, { state: 'closed' }],
  [{ ends: '1h' }, { endsWithin: '1h', state: 'active' }],
  [
    { ends: '1h', status: 'early' },
    { endsWithin: '1h', state: 'closed' },
  ],
])('%o asks the server for %o', (search, filter) => {
  expect(filterOf(search, 'u-1', PROJECTS)).toEqual(filter);
});

test.each<[Filter, Filter | null]>([
  [{ q: 'a' }, { q: 'a', state: 'active' }],
  [
    { isOver: false, holderId: 'h' },
    { holderId: 'h', state: 'active' },
  ],
  [{ isOver: true }, null],
  [{ state: 'closed' }, null],
  [{ hasFailed: true }, null],
])('of %o is live %o', (filter, live) => {
  expect(liveOf(filter)).toEqual(live);
});

test('an address with other words than ours narrows nothing', () => {
  expect(leaseSearch({ status: 'odd', ends: 'never', group: 'colour', state: 'ended', q: '' })).toEqual({});
});
