import { gzipSync } from 'node:zlib';
import { expect, inject, test } from 'vitest';
import { Visitor } from '../harness/browser.ts';
import { report } from '../harness/report.ts';
import { browser, withBrowser } from '../harness/visits.ts';

/** Compressed script for the first page somebody sees after signing in. Neither bytes nor files depend on the machine. */
const MOST = { bytes: 250_000, files: 6 };

/** A link of 10 Mbit/s with 40 ms to the server and back, in the browser's words: bytes a second, and milliseconds. */
const LINK = { offline: false, latency: 40, downloadThroughput: 1_250_000, uploadThroughput: 1_250_000 };
const RUNS = 5;
/** What is meant, in milliseconds. */
const MEANT = { usable: 1500, paint: 100 };
/** What is asserted is this much more: machines that run tests do other things, too. What is slower than that is slow by itself. */
const SLACK = 3;
/** What something else on the machine disturbed is measured again; what is slow by itself is slow each time. */
const AGAIN = 2;

withBrowser();

const median = (numbers: number[]) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;

test('the first page needs little script, all of it from the server itself', async () => {
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
  await ana.settled();
  const total = (await Promise.all(sizes.values())).reduce((sum, size) => sum + size, 0);
  report(
    `script of the first page: ${(total / 1000).toFixed(1)} of ${MOST.bytes / 1000} kB, in ${sizes.size} files`,
  );
  expect(foreign).toEqual([]);
  expect(sizes.size).toBeGreaterThan(1);
  expect(sizes.size).toBeLessThanOrEqual(MOST.files);
  expect(total).toBeLessThanOrEqual(MOST.bytes);
  await ana.close();
});

test('over a slow link and from an empty cache, the first page is usable soon', {
  retry: AGAIN,
}, async () => {
  const first = await Visitor.open(browser);
  await first.signIn('ana@example.com');
  const cookies = await first.context.cookies();
  await first.close();
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    // Another browser of the same person: signed in, and with nothing in its cache.
    const ana = await Visitor.open(browser);
    await ana.context.addCookies(cookies);
    await ana.context.addInitScript(noteWhenPainted, 'Generate a token of read-logs');
    const devtools = await ana.context.newCDPSession(ana.page);
    await devtools.send('Network.enable');
    await devtools.send('Network.emulateNetworkConditions', LINK);
    await ana.page.goto('/p/web-shop/overview?env=dev', { waitUntil: 'commit' });
    await ana.page.getByRole('link', { name: 'Generate a token of read-logs' }).waitFor();
    times.push(await ana.page.evaluate(() => (window as unknown as Noted).painted));
    expect(ana.faults).toEqual([]);
    await ana.close();
  }
  const all = times.map(time => time.toFixed(0)).join(', ');
  report(
    `first page usable after ${median(times).toFixed(0)} of ${MEANT.usable} ms over 10 Mbit/s, median of ${all}`,
  );
  expect(median(times)).toBeLessThan(MEANT.usable * SLACK);
});

interface Noted {
  painted: Promise<number>;
}

/** Notes in the page when the link of a name is first to be seen: asked from outside, it would be seen some frames later. */
function noteWhenPainted(name: string): void {
  const painted = new Promise<number>(resolve => {
    new MutationObserver((_, observer) => {
      if (![...document.links].some(link => link.textContent.includes(name) || link.ariaLabel === name))
        return;
      observer.disconnect();
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now()), 0));
    }).observe(document, { childList: true, subtree: true });
  });
  Object.assign(window, { painted } satisfies Noted);
}

test('what is clicked and typed is soon to be seen', { retry: AGAIN }, async () => {
  const ana = await Visitor.open(browser);
  const { page } = ana;
  await ana.signIn('ana@example.com');
  await page.goto('/p/web-shop/overview?env=dev');
  const open = page.getByRole('link', { name: 'Generate a token of read-logs' });
  await open.waitFor();
  await page.evaluate(() => {
    const times: number[] = [];
    Object.assign(window, { times });
    // From the hand to the paint that follows, as the browser measures it, in steps of 8 ms.
    new PerformanceObserver(list => times.push(...list.getEntries().map(({ duration }) => duration))).observe(
      {
        type: 'event',
        durationThreshold: 16,
      } as PerformanceObserverInit,
    );
  });
  await open.click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('TTL').fill('');
  await dialog.getByLabel('TTL').pressSequentially('45m');
  await dialog.getByRole('button', { name: '1h' }).click();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Search or run a command' }).pressSequentially('gen dep');
  await page.getByRole('option', { selected: true }).waitFor();
  await page.evaluate(() => new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve, 0))));
  const times = await page.evaluate(() => (window as unknown as { times: number[] }).times);
  // The browser tells of none that is shorter than 16 ms.
  const told = times.length === 0 ? [16] : times;
  report(
    `interaction to next paint: ${median(told)} of ${MEANT.paint} ms, median of ${told.length}; the longest ${Math.max(...told)} ms`,
  );
  expect(median(told)).toBeLessThan(MEANT.paint * SLACK);
  expect(ana.faults).toEqual([]);
  await ana.close();
});
