import { gzipSync } from 'node:zlib';
import { expect, inject, test } from 'vitest';
import { launch, Visitor } from './harness/browser.ts';
import { report } from './harness/report.ts';

/** Bytes of compressed script for the first page somebody sees after signing in. */
const MOST = 250_000;

test('the first page needs little script, all of it from the server itself', async () => {
  const browser = await launch();
  const ana = await Visitor.open(browser);
  const sizes = new Map<string, Promise<number>>();
  const foreign: string[] = [];
  ana.page.on('response', answer => {
    if (!answer.url().startsWith(inject('dashboard'))) foreign.push(answer.url());
    if (answer.url().endsWith('.js'))
      sizes.set(
        answer.url(),
        answer.body().then(text => gzipSync(text).length),
      );
  });
  await ana.signIn('ana@example.com');
  await ana.page.getByRole('heading', { name: 'Home' }).waitFor();
  const total = (await Promise.all(sizes.values())).reduce((sum, size) => sum + size, 0);
  report(
    `script of the first page: ${(total / 1000).toFixed(1)} of ${MOST / 1000} kB, in ${sizes.size} files`,
  );
  expect(sizes.size).toBeGreaterThan(1);
  expect(foreign).toEqual([]);
  expect(total, `${sizes.size} scripts`).toBeLessThanOrEqual(MOST);
  await browser.close();
});
