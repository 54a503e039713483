import { beforeAll, test } from 'vitest';
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

const WIDE = { width: 1440, height: 900 };
const SMALL = { width: 320, height: 640 };

const LOOKS = [
  { look: 'light', theme: 'light', viewport: WIDE },
  { look: 'dark', theme: 'dark', viewport: WIDE },
  { look: 'contrast', theme: 'contrast', viewport: WIDE },
  { look: 'small', theme: 'light', viewport: SMALL },
  { look: 'forced', theme: 'system', viewport: WIDE, forcedColors: 'active' },
] as const;

async function openIn(theme: string, options: Parameters<typeof Visitor.open>[1]) {
  const visitor = await Visitor.open(browser, options);
  await visitor.context.addInitScript(chosen => localStorage.setItem('mayfly.theme', chosen), theme);
  return visitor;
}

/** Turns to a page and answers with its path. What is nowhere is drawn in the place of a page, with a heading that no other has. */
async function turned(visitor: Visitor, { name, path }: { name: string; path: string }) {
  if (name !== 'nowhere') return visitor.turnTo(path);
  await visitor.follow(path);
  await visitor.settled();
  return new URL(visitor.page.url()).pathname;
}

/** How a theme is marked on the page, and the colour behind everything that comes of it. */
function marks(visitor: Visitor) {
  return visitor.page.evaluate(() => {
    const { mantineColorScheme = '', contrast } = document.documentElement.dataset;
    const colour = getComputedStyle(document.body).backgroundColor;
    return { scheme: mantineColorScheme, contrast, colour };
  });
}

/** The other themes, as the page itself marks them when it is loaded with one. */
async function otherThemes() {
  const found = [];
  for (const theme of ['dark', 'contrast']) {
    const nobody = await openIn(theme, { viewport: WIDE });
    await nobody.page.goto('/login');
    await nobody.page.getByRole('heading', { name: 'Sign in' }).waitFor();
    found.push({ theme, ...(await marks(nobody)) });
    await nobody.close();
  }
  return found;
}

async function mark(
  visitor: Visitor,
  { scheme, contrast }: { scheme: string; contrast?: string | undefined },
) {
  await visitor.page.evaluate(
    marked => {
      const { dataset } = document.documentElement;
      dataset.mantineColorScheme = marked.scheme;
      delete dataset.contrast;
      if (marked.contrast !== undefined) dataset.contrast = marked.contrast;
    },
    { scheme, contrast },
  );
}

// Each page is loaded by its address once. Another theme changes its colours and nothing else.
test.concurrent('every page is sound in light, and its colours are in every other theme', {
  timeout: 240_000,
}, async ({ expect }) => {
  const others = await otherThemes();
  const ana = await openIn('light', { viewport: WIDE });
  await ana.signIn('ana@example.com');
  const light = await marks(ana);
  expect(new Set([light, ...others].map(({ colour }) => colour)).size).toBe(others.length + 1);
  for (const { name, path, heading } of all) {
    await ana.page.goto(path);
    await ana.page.getByRole('heading', { name: heading }).first().waitFor();
    await ana.expectSound(`${name} in light`);
    await ana.picture(`${name}-light`);
    for (const other of others) {
      await mark(ana, other);
      await ana.expectSound(`${name} in ${other.theme}`, 'colours');
      expect((await marks(ana)).colour).toBe(other.colour);
      await ana.picture(`${name}-${other.theme}`);
    }
    await mark(ana, light);
    await ana.page.emulateMedia({ forcedColors: 'active' });
    await ana.expectSound(`${name} in forced colours`, 'colours');
    await ana.picture(`${name}-forced`);
    await ana.page.emulateMedia({ forcedColors: 'none' });
  }
  await ana.close();
});

test.concurrent('every page is sound on a small screen', { timeout: 240_000 }, async ({ expect }) => {
  const ana = await openIn('light', { viewport: SMALL });
  await ana.signIn('ana@example.com');
  for (const { name, path, heading } of all) {
    expect(await turned(ana, { name, path }), name).toBe(path.split('?')[0]);
    await ana.page.getByRole('heading', { name: heading }).first().waitFor();
    await ana.expectSound(`${name} on a small screen`);
    await ana.picture(`${name}-small`);
  }
  await ana.close();
});

test.concurrent('the page of sign-in is sound in every look', { timeout: 120_000 }, async () => {
  for (const { look, theme, ...options } of LOOKS) {
    const nobody = await openIn(theme, options);
    await nobody.page.goto('/login');
    await nobody.page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await nobody.expectSound(`sign-in in ${look}`);
    await nobody.picture(`sign-in-${look}`);
    await nobody.close();
  }
});

test.concurrent('no text is missing in the catalogue, and longer ones fit on wide and small screens', {
  timeout: 240_000,
}, async ({ expect }) => {
  const ana = await Visitor.open(browser, { viewport: WIDE });
  await ana.signIn('ana@example.com');
  await ana.context.addInitScript(() => localStorage.setItem('mayfly.language', 'pseudo'));
  await ana.page.goto('/');
  for (const { path, name } of all) {
    expect(await turned(ana, { name, path }), name).toBe(path.split('?')[0]);
    for (const viewport of [WIDE, SMALL]) {
      await ana.page.setViewportSize(viewport);
      await ana.settled();
      await ana.page.getByText('⟦').first().waitFor();
      expect(await untranslated(ana), `${name} at ${viewport.width} px`).toEqual([]);
      expect.soft(await clipped(ana), `${name} at ${viewport.width} px`).toEqual([]);
    }
  }
  await ana.picture('pseudo');
  await ana.close();
});

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
