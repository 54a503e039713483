import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { launch, Visitor } from './browser.ts';

/** The browser of a file's tests. */
export let browser: Browser;
/** Ana in it, signed in, anew for each test. */
export let ana: Visitor;

/** Has a browser for the tests of a file. */
export function withBrowser(): void {
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());
}

/** The same, with Ana on the first page before each test; whatever went wrong in her browser fails it. */
export function withAna(): void {
  withBrowser();
  beforeEach(async () => {
    ana = await openAsAna();
  });
  afterEach(async () => {
    expect(ana.faults).toEqual([]);
    await ana.close();
  });
}

let session: Awaited<ReturnType<BrowserContext['cookies']>> = [];

/** Signs in for the first test of a file, and again after one that ended the session; the others have nothing else of it. */
async function openAsAna(): Promise<Visitor> {
  const visitor = await Visitor.open(browser);
  await visitor.context.addCookies(session);
  if ((await visitor.context.request.get('/api/v1/users/me')).ok()) {
    await visitor.page.goto('/', { waitUntil: 'commit' });
  } else {
    await visitor.signIn('ana@example.com');
    session = await visitor.context.cookies();
  }
  return visitor;
}
