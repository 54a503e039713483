import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { expect, test } from 'vitest';
import { type UsedEdit, useEdit } from './use-edit.ts';

interface Values {
  name: string;
  maxTTL: string;
}

const trimmed = ({ name, maxTTL }: Values): Values => ({ name: name.trim(), maxTTL: maxTTL.trim() });

/** A form about `theirs`, which may be drawn again with others. */
async function form(theirs: Values) {
  let last: UsedEdit<Values> | undefined;
  function Form({ theirs }: { theirs: Values }) {
    last = useEdit(theirs, trimmed);
    return null;
  }
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  const root = createRoot(document.createElement('div'));
  const draw = (now: Values) => act(async () => root.render(<Form theirs={now} />));
  await draw(theirs);
  return { draw, edit: () => last as UsedEdit<Values> };
}

const FIRST = { name: 'Market', maxTTL: '8h' };

test('what one saved oneself is not told as a change of others, though it was trimmed', async () => {
  const { draw, edit } = await form(FIRST);
  await act(async () => edit().change({ name: 'Shop ', maxTTL: '3h ' }));
  let sent: Values | undefined;
  await act(async () => {
    sent = edit().settle(FIRST);
  });
  expect(sent).toEqual({ name: 'Shop', maxTTL: '3h' });
  await draw({ name: 'Shop', maxTTL: '3h' });
  expect(edit()).toMatchObject({ followed: [], clashes: [], isChanged: false, draft: sent });
});

test('what was typed while it was being saved stays', async () => {
  const { draw, edit } = await form(FIRST);
  await act(async () => edit().change({ name: 'Shop ' }));
  await act(async () => void edit().settle(FIRST));
  await act(async () => edit().change({ maxTTL: '1h' }));
  await draw({ name: 'Shop', maxTTL: '8h' });
  expect(edit()).toMatchObject({ clashes: [], isChanged: true, draft: { name: 'Shop', maxTTL: '1h' } });
});

test('what others changed meanwhile is still told, and not sent over', async () => {
  const { edit } = await form(FIRST);
  await act(async () => edit().change({ name: 'Shop ' }));
  expect(() => edit().settle({ ...FIRST, name: 'Store' })).toThrow();
});
