import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContext, chromium, type Page, type Request } from 'playwright-core';
import { expect, inject } from 'vitest';
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

/** A browser of one person, and all that went wrong in it. */
export class Visitor {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors of the console, of scripts and of the content policy. A test that provokes one takes it out again. */
  readonly faults: string[] = [];
  /** What was asked and not answered yet; a stream, which goes on, aside. */
  readonly #asked = new Set<Request>();
  #lastAskedAt = 0;

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
      this.#lastAskedAt = Date.now();
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

  /** No page leaves this without having been looked at: by axe, and for what the browser complained of. */
  async expectSound(where = this.page.url()): Promise<void> {
    await this.settled();
    expect(await this.violations(), where).toEqual([]);
    expect(await this.overflow(), where).toBeLessThanOrEqual(0);
    expect(this.faults, where).toEqual([]);
  }

  /** Until the page has all it asked for, and asks for nothing more. */
  async settled(): Promise<void> {
    const QUIET = 500;
    await waitFor(
      'the page to have all it asked for',
      async () => this.#asked.size === 0 && Date.now() - this.#lastAskedAt > QUIET,
    );
  }

  async violations(): Promise<string[]> {
    // Through the debugger: the content policy forbids the page itself to take a script from here.
    return this.page.evaluate(async source => {
      // What the bar at the top covers while the page is scrolled is no small target.
      window.scrollTo(0, 0);
      // biome-ignore lint/security/noGlobalEval: the text is axe, from our own dependencies
      if (!('axe' in window)) window.eval(source);
      const { axe } = window as unknown as { axe: Axe };
      // A tooltip floats over the page and belongs to no part of it.
      const found = await axe.run(
        { exclude: ['[role="tooltip"]'] },
        {
          runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
        },
      );
      return found.violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map(node => node.html.slice(0, 400)).join(' | ')}`,
      );
    }, AXE);
  }

  /** How far the page can be scrolled sideways. */
  overflow(): Promise<number> {
    return this.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
  }

  async picture(name: string): Promise<void> {
    const folder = process.env.MAYFLY_PICTURES;
    if (folder !== undefined) await this.page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
  }

  close(): Promise<void> {
    return this.context.close();
  }
}
