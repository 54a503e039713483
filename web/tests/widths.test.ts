import { beforeAll, expect, test } from 'vitest';
import { Visitor } from './harness/browser.ts';
import { pages } from './harness/pages.ts';
import { asAna } from './harness/projects.ts';
import { browser, withBrowser } from './harness/visits.ts';
import { waitFor } from './harness/waiting.ts';

let all: Awaited<ReturnType<typeof pages>>;

withBrowser();

beforeAll(async () => {
  const ana = await asAna();
  const place = { projectSlug: 'web-shop', environmentSlug: 'dev' };
  for (const dynamicSecretName of ['deploy-bot', 'read-logs'])
    await ana.ask('POST', '/api/v1/dynamic-secrets/leases', { ...place, dynamicSecretName, reason: 'look' });
  all = await pages(ana);
});

/** Tables take their other shape in the frame after the page has its other width. */
function fits(visitor: Visitor, what: string): Promise<void> {
  return waitFor(what, async () => {
    const found = await visitor.overflow();
    if (found.length > 0) throw new Error(found.join('; '));
    return true;
  });
}

const WIDTHS = [1280, 1150, 1024, 800];

test('nothing is cut off on any page, however wide that is', { timeout: 180_000 }, async () => {
  const ana = await Visitor.open(browser);
  await ana.signIn('ana@example.com');
  const faults: string[] = [];
  for (const { name, path, heading } of all) {
    await ana.page.goto(path);
    await ana.page.getByRole('heading', { name: heading }).first().waitFor();
    await ana.settled();
    for (const width of WIDTHS) {
      await ana.page.setViewportSize({ width, height: 900 });
      await fits(ana, `${name} at ${width} px`).catch(failure => faults.push(String(failure)));
      await ana.picture(`${name}-${width}`);
    }
  }
  expect(faults).toEqual([]);
  await ana.close();
});

test('a table has its columns side by side where they have room, and is made of cards where they have not', async () => {
  const ana = await Visitor.open(browser);
  await ana.signIn('ana@example.com');
  for (const path of ['/leases', '/p/web-shop/overview', '/clusters']) {
    await ana.page.goto(path);
    const cell = ana.page.getByRole('cell', { name: /^(Active$|deploy-bot|eu-1$)/ }).first();
    for (const [width, display] of [
      [1440, 'table-cell'],
      [700, 'flex'],
      [1440, 'table-cell'],
    ] as const) {
      await ana.page.setViewportSize({ width, height: 900 });
      await waitFor(`${path} to fit ${width} px`, () =>
        cell.evaluate((one, wanted) => getComputedStyle(one).display === wanted, display),
      );
      expect(await ana.overflow(), path).toEqual([]);
    }
  }
  expect(ana.faults).toEqual([]);
  await ana.close();
});
