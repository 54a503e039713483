import type { Browser } from 'playwright-core';
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

/** The same, with Ana signed in before each test; whatever went wrong in her browser fails it. */
export function withAna(): void {
  withBrowser();
  beforeEach(async () => {
    ana = await Visitor.open(browser);
    await ana.signIn('ana@example.com');
  });
  afterEach(async () => {
    expect(ana.faults).toEqual([]);
    await ana.close();
  });
}
