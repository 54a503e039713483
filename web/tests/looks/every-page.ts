import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launch, Visitor } from '../harness/browser.ts';
import { pages } from '../harness/pages.ts';
import { differing } from '../harness/picture.ts';
import { asAna } from '../harness/projects.ts';

const FOLDER = fileURLToPath(new URL('../../../docs/images', import.meta.url));
const CHANGED = fileURLToPath(new URL('../../pictures-changed', import.meta.url));
const SIZE = { width: 1280, height: 800 };
/** Times and ids are others each time; anything that somebody would notice is more than this share of the picture. */
const TOLERATED = 0.015;

let browser: Browser;
let all: Awaited<ReturnType<typeof pages>>;

beforeAll(async () => {
  browser = await launch();
  const ana = await asAna();
  const place = { projectSlug: 'web-shop', environmentSlug: 'dev' };
  for (const dynamicSecretName of ['deploy-bot', 'read-logs'])
    await ana.ask('POST', '/api/v1/dynamic-secrets/leases', {
      ...place,
      dynamicSecretName,
      reason: 'INC-4411',
    });
  all = await pages(ana);
  await mkdir(FOLDER, { recursive: true });
  await mkdir(CHANGED, { recursive: true });
});
afterAll(() => browser.close());

test.each(['light', 'dark', 'contrast'])('every page looks as it did in %s', async theme => {
  const ana = await Visitor.open(browser, { viewport: SIZE });
  await ana.context.addInitScript(chosen => localStorage.setItem('mayfly.theme', chosen), theme);
  await ana.signIn('ana@example.com');
  const changed: string[] = [];
  for (const { name, path, heading } of all) {
    await ana.page.goto(path);
    await ana.page.getByRole('heading', { name: heading }).first().waitFor();
    await ana.settled();
    const file = `${name}-${theme}.png`;
    const fresh = await ana.page.screenshot();
    const fault = await compare(ana, join(FOLDER, file), fresh);
    if (fault !== null) {
      changed.push(`${file} ${fault}`);
      await writeFile(join(CHANGED, file), fresh);
    }
  }
  await ana.close();
  expect(changed, `see ${CHANGED}; where that is meant: cargo xtask pictures --accept`).toEqual([]);
});

/** What is wrong with a picture: that it is another than the one that is kept, or that none is. New ones are kept where that is wanted. */
async function compare(visitor: Visitor, path: string, fresh: Buffer): Promise<string | null> {
  if (process.env.MAYFLY_NEW_PICTURES !== undefined) {
    await writeFile(path, fresh);
    return null;
  }
  if (!existsSync(path)) return 'is not there yet';
  const share = await differing(visitor.context, await readFile(path), fresh);
  return share > TOLERATED ? 'looks otherwise' : null;
}
