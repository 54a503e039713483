import type { Page } from 'playwright-core';
import { afterEach, expect, test } from 'vitest';
import { Visitor } from './harness/browser.ts';
import { type RunningServer, setupCode, startServer } from './harness/server.ts';
import { browser, withBrowser } from './harness/visits.ts';

let server: RunningServer;

withBrowser();

afterEach(() => server.stop());

async function fill(page: Page, code: string): Promise<void> {
  await page.getByLabel(/^Setup code/).fill(code);
  await page.getByLabel(/^Organization/).fill('Acme');
  await page.getByLabel(/^Email/).fill('ana@example.com');
  await page.getByLabel(/^Password/).fill('a calm river of tests');
}

test('an empty server leads to the setup, which works once and with the code only', async () => {
  server = await startServer();
  const ana = await Visitor.open(browser, { baseURL: server.dashboard });
  const { page } = ana;
  await page.goto('/leases');
  await page.getByRole('heading', { name: 'Set up Mayfly' }).waitFor();
  await ana.expectSound();
  await ana.picture('setup');
  await fill(page, 'not the code');
  await page.getByRole('button', { name: 'Make the first administrator' }).click();
  await page.getByRole('alert').waitFor();
  await page.getByLabel(/^Setup code/).fill(await setupCode(server));
  await page.getByRole('button', { name: 'Make the first administrator' }).click();
  const token = (await page.locator('pre').textContent()) ?? '';
  await ana.expectSound();
  await page.getByRole('button', { name: 'Go to your projects' }).click();
  await page.getByText('No project yet').waitFor();
  expect(await page.content()).not.toContain(token);
  await page.getByRole('button', { name: 'New project' }).click();
  await page.getByLabel(/^Name/).fill('Payments');
  await ana.expectSound();
  await page.getByRole('button', { name: 'Make the project' }).click();
  await page.getByText('No dynamic secret here').waitFor();
  const environments = page.getByRole('navigation', { name: 'Environments' }).getByRole('link');
  expect(await environments.allTextContents()).toEqual(['All', 'Development', 'Staging', 'Production']);
  await ana.expectSound();
  await ana.picture('overview-empty');
  await page.goto('/setup');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await ana.close();
});

test('whoever guesses setup codes is told when to try again, and nothing is made by that', async () => {
  server = await startServer();
  const guesser = await Visitor.open(browser, { baseURL: server.dashboard });
  const { page } = guesser;
  await page.goto('/setup');
  for (let guess = 1; guess <= 6; guess++) {
    await fill(page, `guess ${guess}`);
    const answer = page.waitForResponse('**/api/v1/admin/bootstrap');
    await page.getByRole('button', { name: 'Make the first administrator' }).click();
    await answer;
    const words = guess < 6 ? 'the setup code is missing or wrong' : 'Try again in';
    await page.getByRole('alert').filter({ hasText: words }).waitFor();
  }
  const told = await page.getByRole('alert').textContent();
  const seconds = Number(/Try again in (\d+) seconds?\./.exec(told ?? '')?.[1]);
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(60);
  await guesser.expectSound();
  await guesser.picture('setup-too-often');
  const status = await (await fetch(new URL('/api/status', server.url))).json();
  expect(status.isBootstrapped).toBe(false);
  await page.reload();
  await page.getByRole('heading', { name: 'Set up Mayfly' }).waitFor();
  await guesser.close();
});
