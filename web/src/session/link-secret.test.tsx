import { act, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach, expect, test } from 'vitest';
import { useLinkSecret } from './link-secret.ts';

afterEach(() => history.replaceState(null, '', '/'));

/** What a page is given that a link leads to, drawn as in development, where all of it runs twice, and after what comes then. */
async function given(then = () => {}): Promise<string> {
  let secret = '';
  function Page() {
    secret = useLinkSecret();
    return null;
  }
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  const root = createRoot(document.createElement('div'));
  await act(async () =>
    root.render(
      <StrictMode>
        <Page />
      </StrictMode>,
    ),
  );
  await act(async () => then());
  await act(async () => root.unmount());
  return secret;
}

test('the secret of a link is out of the address, and gone with its page', async () => {
  history.replaceState(null, '', '/reset-password?a=1#the-secret');
  expect(await given()).toBe('the-secret');
  expect(location.pathname + location.search + location.hash).toBe('/reset-password?a=1');
  expect(await given()).toBe('');
});

test('another link to the same page is taken, and its secret out of the address, too', async () => {
  history.replaceState(null, '', '/reset-password#the-first');
  const second = await given(() => {
    history.replaceState(null, '', '/reset-password#the-second');
    dispatchEvent(new Event('hashchange'));
  });
  expect(second).toBe('the-second');
  expect(location.hash).toBe('');
});
