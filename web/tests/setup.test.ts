import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launch, Visitor } from './harness/browser.ts';
import { type RunningServer, setupCode, startServer } from './harness/server.ts';

let browser: Browser;
let server: RunningServer;

beforeAll(async () => {
  browser = await launch();
  server = await startServer();
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});

test('an empty server leads to the setup, which works once and with the code only', async () => {
  const ana = await Visitor.open(browser, { baseURL: server.dashboard });
  const { page } = ana;
  await page.goto('/leases');
  await page.getByRole('heading', { name: 'Set up Mayfly' }).waitFor();
  await ana.expectSound();
  await ana.picture('setup');
  await page.getByLabel(/^Setup code/).fill('not the code');
  await page.getByLabel(/^Organization/).fill('Acme');
  await page.getByLabel(/^Email/).fill('ana@example.com');
  await page.getByLabel(/^Password/).fill('a calm river of tests');
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
  await ana.expectSound();
  await ana.picture('overview-empty');
  await page.goto('/setup');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await ana.close();
});
