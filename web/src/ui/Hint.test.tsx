import { MantineProvider } from '@mantine/core';
import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { expect, test } from 'vitest';
import { Hint } from './Hint.tsx';
import { useTopmost } from './use-topmost.ts';

test('while a hint is open, what it floats over is not on top, and Escape closes the hint alone', async () => {
  const seen: boolean[] = [];
  let hint: { onMouseEnter: () => void; 'aria-describedby': string | undefined } | undefined;
  function Below() {
    seen.push(useTopmost());
    return null;
  }
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  const root = createRoot(document.body.appendChild(document.createElement('div')));
  await act(async () =>
    root.render(
      <MantineProvider env="test">
        <Below />
        <Hint words={() => 'why not'}>
          {hinted => {
            hint = hinted;
            return <button type="button" ref={hinted.ref} />;
          }}
        </Hint>
      </MantineProvider>,
    ),
  );
  expect(seen.at(-1)).toBe(true);
  await act(async () => hint?.onMouseEnter());
  expect(seen.at(-1)).toBe(false);
  await act(async () => document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' })));
  expect(seen.at(-1)).toBe(true);
  expect(hint?.['aria-describedby']).toBeUndefined();
  await act(async () => root.unmount());
});
