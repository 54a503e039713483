import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { expect, test } from 'vitest';
import { useOnce } from './use-once.ts';

/** A component that may do something, and how it was drawn last. */
async function drawn() {
  let last: ReturnType<typeof useOnce> | undefined;
  function Page() {
    last = useOnce();
    return null;
  }
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  const root = createRoot(document.createElement('div'));
  await act(async () => root.render(<Page />));
  return () => last as ReturnType<typeof useOnce>;
}

test('what is asked for twice before it is drawn as busy is done once, and afterwards again', async () => {
  const now = await drawn();
  const ends: (() => void)[] = [];
  const make = () => new Promise<void>(resolve => ends.push(resolve));
  await act(async () => {
    void now().once(make);
    void now().once(make);
  });
  expect(ends).toHaveLength(1);
  expect(now().isBusy).toBe(true);
  await act(async () => ends[0]?.());
  expect(now().isBusy).toBe(false);
  await act(async () => void now().once(make));
  expect(ends).toHaveLength(2);
});

test('what failed can be tried again', async () => {
  const now = await drawn();
  const fails = () => Promise.reject(new Error('refused'));
  await act(async () => {
    await expect(now().once(fails)).rejects.toThrow('refused');
  });
  expect(now().isBusy).toBe(false);
});
