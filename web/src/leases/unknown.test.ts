import type { TFunction } from 'i18next';
import { expect, test } from 'vitest';
import type { Project } from '../api/schema.ts';
import { unknownIn, withoutUnknown } from './unknown.ts';

const PROJECTS = [{ slug: 'shop', environments: [{ slug: 'dev' }] }] as unknown as Project[];
const t = ((key: string) => key) as TFunction;
const keys = (search: object) => unknownIn(t, search, PROJECTS).map(({ key }) => key);

test('what is there is known', () => {
  expect(keys({ project: 'shop', env: 'dev', status: 'active', ends: '1h', group: 'actor', q: 'x' })).toEqual(
    [],
  );
});

test('what names nothing is not, nor what the list does not know', () => {
  expect(keys({ project: 'nope' })).toEqual(['project']);
  expect(keys({ project: 'shop', env: 'nope' })).toEqual(['env']);
  expect(keys({ status: 'nope', ends: '3h', group: 'moon' })).toEqual(['status', 'ends', 'group']);
  expect(keys({ environment: 'dev' })).toEqual(['environment']);
});

test('an environment is of a project: without one it is not known, and with an unknown one it goes with that', () => {
  expect(keys({ env: 'dev' })).toEqual(['env']);
  const search = { project: 'nope', env: 'dev', q: 'x' };
  const unknown = unknownIn(t, search, PROJECTS);
  expect(unknown.map(({ key }) => key)).toEqual(['project']);
  expect(withoutUnknown(search, unknown)).toEqual({ q: 'x' });
});
