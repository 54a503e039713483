import { expect, test } from 'vitest';
import { ana, withAna } from './harness/visits.ts';

withAna();

test('with Shift several environments stand side by side, at an address of their own', async () => {
  const { page } = ana;
  await page.goto('/p/web-shop/overview');
  const tabs = page.getByRole('navigation', { name: 'Environments' });
  await tabs.getByRole('link', { name: 'Development' }).click();
  await tabs.getByRole('link', { name: 'Production' }).click({ modifiers: ['Shift'] });
  await page.getByRole('columnheader', { name: 'Production' }).waitFor();
  expect(await page.getByRole('columnheader', { name: 'Staging' }).count()).toBe(0);
  expect(new URL(page.url()).searchParams.get('env')).toBe('dev,prod');
  expect(await tabs.locator('[aria-current="page"]').allTextContents()).toEqual([
    'Development',
    'Production',
  ]);
  await ana.expectSound();
  await ana.picture('overview-two');
});

test('a folder is made in the environments that are shown, and leads further down', async () => {
  const { page } = ana;
  await page.goto('/p/web-shop/overview?env=dev,prod');
  await page.getByRole('button', { name: 'New folder' }).click();
  await page.getByRole('dialog').getByLabel(/^Name/).fill('team-a');
  await ana.expectSound();
  await page.getByRole('dialog').getByRole('button', { name: 'Add' }).click();
  await page.getByRole('link', { name: 'team-a/' }).click();
  await page.getByRole('navigation', { name: 'Folder' }).getByText('team-a').waitFor();
  await page.getByText('No dynamic secret here').waitFor();
  await page.goto('/p/web-shop/overview?env=staging');
  await page.getByText('No dynamic secret here').or(page.getByRole('table')).first().waitFor();
  expect(await page.getByRole('link', { name: 'team-a/' }).count()).toBe(0);
});

test('filters are in the address, and e with a digit shows one environment', async () => {
  const { page } = ana;
  await page.goto('/p/web-shop/overview');
  await page.getByText('deploy-bot').waitFor();
  await page.getByLabel('Credential Type').selectOption('Dynamic');
  await page.getByText('read-logs').waitFor();
  await page.getByText('deploy-bot').waitFor({ state: 'detached' });
  expect(new URL(page.url()).searchParams.get('mode')).toBe('dynamic');
  await ana.expectSound();
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await page.getByText('deploy-bot').waitFor();
  await page.getByRole('cell', { name: /^read-logs eu-1 · Dynamic$/ }).waitFor();
  await page.getByRole('combobox', { name: 'Cluster' }).click();
  await page.getByRole('option', { name: 'eu-1' }).click();
  await page.waitForURL(url => url.searchParams.has('cluster'));
  await page.getByText('read-logs').waitFor();
  await page.goto('/p/web-shop/overview?cluster=01234567-89ab-7cde-8f01-23456789abcd');
  await page.getByRole('link', { name: 'batch/' }).waitFor();
  await page.getByText('deploy-bot').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await page.getByText('deploy-bot').waitFor();
  await page.getByRole('heading', { name: 'Secret Overview' }).click();
  await page.keyboard.press('e');
  await page.keyboard.press('3');
  await page.getByRole('columnheader', { name: 'Development' }).waitFor({ state: 'detached' });
  expect(new URL(page.url()).searchParams.get('env')).toBe('prod');
  await page.keyboard.press('e');
  await page.keyboard.press('0');
  await page.getByRole('columnheader', { name: 'Development' }).waitFor();
  await page.keyboard.press('1');
  expect(new URL(page.url()).searchParams.get('env')).toBe(null);
});
