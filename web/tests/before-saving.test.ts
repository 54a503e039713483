import { rootCertificates } from 'node:tls';
import type { Page } from 'playwright-core';
import { expect, inject, test } from 'vitest';
import { ACCOUNT, NAMESPACE } from './harness/cluster.ts';
import { ana, withAna } from './harness/visits.ts';

withAna();

/** What stands at each part of the test, in order. */
function steps(page: Page): Promise<string[]> {
  return page.getByRole('list', { name: 'What was looked at' }).getByRole('listitem').allInnerTexts();
}

/** An authority that vouches for others, and not for the test cluster. */
function strangersCa(): string {
  const [authority] = rootCertificates;
  if (authority === undefined) throw new Error('Node knows no authority');
  return authority;
}

test('a wrong CA is told by issuer and fingerprint of who answers there, and nothing after that is run', async () => {
  const { page } = ana;
  const cluster = inject('cluster');
  await page.goto('/clusters/new');
  await page.getByLabel(/^Cluster URL/).fill(cluster.url);
  await page.getByLabel('CA', { exact: true }).fill(strangersCa());
  await page.getByLabel(/^Cluster Token/).fill(cluster.token);
  await page.getByRole('button', { name: 'Test now' }).click();
  await page.getByText('The certificate there was issued by').waitFor();
  const said = await page.getByRole('alert').innerText();
  expect(said).toContain('CN=');
  expect(said).toMatch(/(?:[0-9a-f]{2}:){31}[0-9a-f]{2}/);
  const found = await steps(page);
  expect(found[0]).toContain('passed');
  expect(found[1]).toContain('failed');
  expect(found.slice(2).every(step => step.includes('not run'))).toBe(true);
  await ana.expectSound();
  // The same with the right one goes through, each part with its time.
  await page.getByLabel('CA', { exact: true }).fill(cluster.ca);
  await page.getByRole('button', { name: 'Test now' }).click();
  await page.getByText('The connection works.').waitFor();
  expect((await steps(page)).every(step => /\d+ ms/.test(step))).toBe(true);
  await ana.expectSound();
});

test('a dynamic secret with an address of its own is tested before it is saved', async () => {
  const { page } = ana;
  const cluster = inject('cluster');
  await page.goto('/p/web-shop/e/dev/new');
  expect(await page.getByRole('button', { name: 'Test now' }).count()).toBe(0);
  await page.getByLabel('Cluster URL').fill(cluster.url);
  await page.getByLabel('CA', { exact: true }).fill(cluster.ca);
  await page.getByLabel(/^Cluster Token/).fill(cluster.token);
  await page.getByRole('combobox', { name: 'Namespace' }).fill(NAMESPACE);
  await page.getByRole('combobox', { name: 'Service Account Name' }).fill(ACCOUNT);
  await page.getByRole('button', { name: 'Test now' }).click();
  await page.getByText('The connection works.').waitFor();
  await page.getByRole('row').filter({ hasText: 'create serviceaccounts/token' }).first().waitFor();
  // Nothing was saved by that, and another question has no answer yet.
  await page.getByRole('combobox', { name: 'Service Account Name' }).fill('nobody-there');
  await page.getByText('Not tested since this page was opened.').waitFor();
  await page.getByRole('button', { name: 'Test now' }).click();
  await page.getByText('service account `nobody-there` does not exist').waitFor();
  await ana.expectSound();
});

test('a connection names the dynamic secrets that use it', async () => {
  const { page } = ana;
  await page.goto('/clusters');
  await page.getByRole('link', { name: 'eu-1' }).first().click();
  await page.getByRole('tab', { name: 'Secrets' }).click();
  const table = page.getByRole('table', { name: 'Secrets' });
  await table.getByRole('link', { name: 'read-logs' }).waitFor();
  await ana.expectSound();
  await table.getByRole('link', { name: 'read-logs' }).click();
  await page.getByRole('heading', { name: 'read-logs' }).waitFor();
});
