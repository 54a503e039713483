import { beforeAll, expect, test } from 'vitest';
import { Visitor } from './harness/browser.ts';
import { pages } from './harness/pages.ts';
import { asAna } from './harness/projects.ts';
import { browser, withBrowser } from './harness/visits.ts';

let all: Awaited<ReturnType<typeof pages>>;

withBrowser();

beforeAll(async () => {
  const ana = await asAna();
  const place = { projectSlug: 'web-shop', environmentSlug: 'dev' };
  await ana.ask('POST', '/api/v1/dynamic-secrets/leases', {
    ...place,
    dynamicSecretName: 'deploy-bot',
    reason: 'look',
  });
  all = await pages(ana);
});

const LOOKS = [
  { look: 'light', theme: 'light', viewport: { width: 1440, height: 900 } },
  { look: 'dark', theme: 'dark', viewport: { width: 1440, height: 900 } },
  { look: 'contrast', theme: 'contrast', viewport: { width: 1440, height: 900 } },
  { look: 'small', theme: 'light', viewport: { width: 320, height: 640 } },
  { look: 'forced', theme: 'system', viewport: { width: 1440, height: 900 }, forcedColors: 'active' },
] as const;

test.each(LOOKS)(
  'every page is sound in $look',
  { timeout: 240_000 },
  async ({ look, theme, ...options }) => {
    const ana = await Visitor.open(browser, options);
    await ana.context.addInitScript(chosen => localStorage.setItem('mayfly.theme', chosen), theme);
    await ana.signIn('ana@example.com');
    for (const { name, path, heading } of all) {
      await ana.page.goto(path);
      await ana.page.getByRole('heading', { name: heading }).first().waitFor();
      await ana.expectSound(`${name} in ${look}`);
      await ana.picture(`${name}-${look}`);
    }
    await ana.close();
  },
);

test('the page of sign-in is sound in every look', async () => {
  for (const { look, theme, ...options } of LOOKS) {
    const nobody = await Visitor.open(browser, options);
    await nobody.context.addInitScript(chosen => localStorage.setItem('mayfly.theme', chosen), theme);
    await nobody.page.goto('/login');
    await nobody.page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await nobody.expectSound(`sign-in in ${look}`);
    await nobody.picture(`sign-in-${look}`);
    await nobody.close();
  }
});

const WIDTHS = [1440, 320].map(width => ({ width, height: 900 }));

test.each(WIDTHS)(
  'no text is missing in the catalogue, and longer ones fit at $width px',
  {
    timeout: 180_000,
  },
  async viewport => {
    const ana = await Visitor.open(browser, { viewport });
    await ana.signIn('ana@example.com');
    await ana.context.addInitScript(() => localStorage.setItem('mayfly.language', 'pseudo'));
    for (const { path, name } of all) {
      await ana.page.goto(path);
      await ana.settled();
      await ana.page.getByText('⟦').first().waitFor();
      expect(await untranslated(ana), name).toEqual([]);
      expect.soft(await clipped(ana), name).toEqual([]);
    }
    await ana.picture('pseudo');
    await ana.close();
  },
);

/** Buttons that cut their words off. */
function clipped(visitor: Visitor): Promise<string[]> {
  return visitor.page.evaluate(() => {
    const parts = document.querySelectorAll<HTMLElement>(
      'button, button *, a[class], a[class] *, [role="tab"]',
    );
    return [...parts]
      .filter(
        part => part.closest('.visually-hidden') === null && getComputedStyle(part).display !== 'inline',
      )
      .filter(part => part.scrollWidth > part.clientWidth + 1 || part.scrollHeight > part.clientHeight + 1)
      .map(part => `${part.tagName} ${part.textContent}: ${part.scrollWidth} in ${part.clientWidth}`);
  });
}

/** Words on the page that the pseudo-locale left alone and that nobody marked as somebody's own. */
function untranslated(visitor: Visitor): Promise<string[]> {
  return visitor.page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found: string[] = [];
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (
        parent === null ||
        parent.closest(
          '[translate="no"], [role="option"], option, textarea, .mantine-Pill-root, script, style',
        ) !== null
      )
        continue;
      const rest = (node.textContent ?? '').replace(/⟦[^⟧]*⟧/g, '');
      if (/[A-Za-z]{3,}/.test(rest)) found.push(rest.trim());
    }
    return found;
  });
}
