import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach, expect, test } from 'vitest';
import { isSame, useViews, type View, withView } from './views.ts';

afterEach(() => localStorage.clear());

/** What a page is given that asks for the views. */
async function shown(): Promise<View[]> {
  let views: View[] = [];
  function Page() {
    [views] = useViews();
    return null;
  }
  const root = createRoot(document.createElement('div'));
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  await act(async () => root.render(<Page />));
  await act(async () => root.unmount());
  return views;
}

test.each([
  ['nothing', null],
  ['no list', '{"name":"a"}'],
  ['broken text', '[{'],
  ['no views', '[null, 1, {"name": 1, "search": {}}, {"name": "a"}]'],
])('where %s is kept there are no views', async (_, stored) => {
  if (stored !== null) localStorage.setItem('mayfly.lease-views', stored);
  expect(await shown()).toEqual([]);
});

test('of a kept view only what is a filter is taken', async () => {
  const kept = [{ name: 'Night', search: { q: 'night', colour: 'red', status: 'odd' } }];
  localStorage.setItem('mayfly.lease-views', JSON.stringify(kept));
  expect(await shown()).toEqual([{ name: 'Night', search: { q: 'night' } }]);
});

test('a view of the same name takes the place of the one before', () => {
  const views = [
    { name: 'a', search: { q: '1' } },
    { name: 'b', search: {} },
  ];
  expect(withView(views, { name: 'a', search: { q: '2' } })).toEqual([
    { name: 'b', search: {} },
    { name: 'a', search: { q: '2' } },
  ]);
});

test('the same filters in another order are the same', () => {
  expect(isSame({ q: 'a', actor: 'me' }, { actor: 'me', q: 'a' })).toBe(true);
  expect(isSame({ q: 'a' }, { q: 'a', actor: 'me' })).toBe(false);
});
