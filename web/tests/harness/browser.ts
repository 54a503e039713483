import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContext, chromium, type Page, type Request } from 'playwright-core';
import { expect, inject } from 'vitest';
import { cutOff } from './cut-off.ts';
import { PASSWORD } from './people.ts';
import { waitFor } from './waiting.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const BROWSERS = [process.env.MAYFLY_CHROMIUM, '/usr/bin/chromium-headless-shell', '/usr/bin/chromium'];

export function launch(): Promise<Browser> {
  const executablePath = BROWSERS.find(path => path !== undefined && existsSync(path));
  if (executablePath === undefined) throw new Error('set MAYFLY_CHROMIUM to a Chromium');
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
}

interface Axe {
  run: (
    context: unknown,
    options: unknown,
  ) => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
}

/** What axe looks for: colours are all that another theme of the same page changes. */
const RULES = {
  all: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  colours: ['color-contrast', 'link-in-text-block'],
} as const;
type Rules = keyof typeof RULES;

/** A browser of one person, and all that went wrong in it. */
export class Visitor {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors of the console, of scripts and of the content policy. A test that provokes one takes it out again. */
  readonly faults: string[] = [];
  /** What was asked and not answered yet; a stream, which goes on, aside. */
  readonly #asked = new Set<Request>();
  #askedSoFar = 0;

  private constructor(context: BrowserContext, page: Page) {
    this.context = context;
    this.page = page;
    page.on('console', message => {
      // The answer's own status is told by the browser, too; what the page makes of it is tested.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        this.faults.push(message.text());
    });
    page.on('pageerror', error => this.faults.push(String(error)));
    page.on('request', request => {
      if (request.resourceType() === 'eventsource') return;
      this.#asked.add(request);
      this.#askedSoFar++;
    });
    for (const event of ['requestfinished', 'requestfailed'] as const)
      page.on(event as 'requestfinished', request => this.#asked.delete(request));
  }

  static async open(browser: Browser, options: Parameters<Browser['newContext']>[0] = {}): Promise<Visitor> {
    const context = await browser.newContext({
      viewport: { width: 1440, height: 900 },
      baseURL: inject('dashboard'),
      permissions: ['clipboard-read', 'clipboard-write'],
      ...options,
    });
    context.setDefaultTimeout(10_000);
    return new Visitor(context, await context.newPage());
  }

  async signIn(email: string, password = PASSWORD): Promise<void> {
    await this.page.goto('/login');
    await this.fillSignIn(email, password);
    await this.page.waitForURL(url => url.pathname === '/');
  }

  async fillSignIn(email: string, password = PASSWORD): Promise<void> {
    await this.page.getByLabel('Email').fill(email);
    await this.page.getByLabel(/^Password/).fill(password);
    await this.page.getByRole('button', { name: 'Sign in', exact: true }).click();
  }

  /** To another address as a link of the page goes there, without loading it anew. */
  async follow(path: string): Promise<void> {
    await this.page.evaluate(to => history.pushState({}, '', to), path);
  }

  /** The same from one page with a frame to another, until that is drawn; answers with its path. */
  async turnTo(path: string): Promise<string | undefined> {
    const main = this.page.locator('main[data-at]');
    const before = await main.getAttribute('data-at');
    await this.follow(path);
    if (before !== path)
      await this.page.locator(`main[data-at]:not([data-at="${before}"])`).waitFor({ state: 'attached' });
    return (await main.getAttribute('data-at'))?.split('?')[0];
  }

  /** No page leaves this without having been looked at: by axe, and for what the browser complained of. */
  async expectSound(where = this.page.url(), rules: Rules = 'all'): Promise<void> {
    await this.settled();
    // A tooltip that comes while axe looks is none that it passes by; what is wrong with a page is wrong the next time too.
    let violations = await this.violations(rules);
    if (violations.length > 0) {
      await this.settled();
      violations = await this.violations(rules);
    }
    expect(violations, where).toEqual([]);
    if (rules === 'all') expect(await this.overflow(), where).toEqual([]);
    expect(this.faults, where).toEqual([]);
  }

  /**
   * Until the page has all it asked for, has drawn it, asks for nothing more because of it, and nothing on it moves. Only what
   * somebody types is asked for after a pause, and whoever tests that waits for what comes of it.
   */
  async settled(): Promise<void> {
    await waitFor('the page to have all it asked for', async () => {
      const asked = this.#askedSoFar;
      if (this.#asked.size > 0) throw new Error([...this.#asked].map(request => request.url()).join(', '));
      await this.page.evaluate(still);
      // The shape of what is coming stays for a moment even where that is there already.
      const isWaiting = await this.page.evaluate(() => document.querySelector('[data-waiting]') !== null);
      return this.#asked.size === 0 && this.#askedSoFar === asked && !isWaiting;
    });
  }

  async violations(rules: Rules = 'all'): Promise<string[]> {
    // Through the debugger: the content policy forbids the page itself to take a script from here.
    if (!(await this.page.evaluate(() => 'axe' in window)))
      await this.page.evaluate(
        // biome-ignore lint/security/noGlobalEval: the text is axe, from our own dependencies
        source => window.eval(source),
        AXE,
      );
    return this.page.evaluate(async runOnly => {
      // What the bar at the top covers while the page is scrolled is no small target.
      window.scrollTo(0, 0);
      const { axe } = window as unknown as { axe: Axe };
      // A tooltip floats over the page and belongs to no part of it.
      const found = await axe.run(
        { exclude: ['[role="tooltip"]'] },
        // Nothing else is read, and there are no frames and no style sheets of others to look for.
        { runOnly: [...runOnly], resultTypes: ['violations'], iframes: false, preload: false },
      );
      return found.violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map(node => node.html.slice(0, 400)).join(' | ')}`,
      );
    }, RULES[rules]);
  }

  /** What has no room: the page itself where it can be scrolled sideways, and whatever a box cuts off. */
  overflow(): Promise<string[]> {
    return this.page.evaluate(cutOff);
  }

  async picture(name: string): Promise<void> {
    const folder = process.env.MAYFLY_PICTURES;
    if (folder !== undefined) await this.page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
  }

  close(): Promise<void> {
    return this.context.close();
  }
}

/** In the page: until what came has been drawn, by which everything that follows from it has been asked for, and has stopped moving. */
async function still(): Promise<void> {
  const frame = () => new Promise(requestAnimationFrame);
  // The cache of queries tells in a timer, what is drawn is drawn after a message, and both have been when the page is idle.
  const idle = () => new Promise(resolve => requestIdleCallback(resolve, { timeout: 1000 }));
  for (const wait of [frame, idle, frame]) await wait();
  const moving = document.getAnimations().filter(one => one.effect?.getComputedTiming().endTime !== Infinity);
  const stopped = Promise.allSettled(moving.map(one => one.finished));
  const late = new Promise(resolve => setTimeout(resolve, 5000, 'late'));
  // One that is paused never ends.
  if ((await Promise.race([stopped, late])) !== 'late') return;
  const names = moving.map(one => (one instanceof CSSAnimation ? one.animationName : one.id));
  throw new Error(`still moving after 5 s: ${names.join(', ')}`);
}
