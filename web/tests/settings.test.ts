import { expect, test } from 'vitest';
import { Visitor } from './harness/browser.ts';
import { asAna } from './harness/projects.ts';
import { browser, withBrowser } from './harness/visits.ts';

withBrowser();

test('a project gets an environment and another name, loses the one, and goes only when its name is typed', async () => {
  const caller = await asAna();
  await caller.ask('POST', '/api/v1/projects', {
    projectName: 'Short Lived',
    slug: 'short-lived',
    shouldCreateDefaultEnvs: true,
  });
  const ana = await Visitor.open(browser);
  const { page } = ana;
  await ana.signIn('ana@example.com');
  await page.goto('/p/short-lived/settings?tab=environments');
  await page.getByRole('button', { name: 'Add an environment' }).click();
  await page.getByRole('dialog').getByLabel(/^Name/).fill('Load Test');
  await page.getByRole('dialog').getByRole('button', { name: 'Add' }).click();
  await page.getByRole('cell', { name: 'load-test' }).waitFor();
  await ana.expectSound();
  await ana.picture('environments');
  await page.getByRole('button', { name: 'Remove Load Test' }).click();
  const remove = page.getByRole('dialog').getByRole('button', { name: 'Remove' });
  expect(await remove.isDisabled()).toBe(true);
  await page.getByLabel(/^Type its short name/).fill('load-test');
  await ana.expectSound();
  await remove.click();
  await page.getByRole('cell', { name: 'load-test' }).waitFor({ state: 'detached' });

  await page.getByRole('tab', { name: 'General' }).click();
  await page.getByLabel(/^Name/).fill('Shorter Lived');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('The project was saved.').waitFor();
  await page.getByRole('button', { name: 'Remove the project' }).click();
  const end = page.getByRole('dialog').getByRole('button', { name: 'Remove the project' });
  expect(await end.getAttribute('aria-disabled')).toBe('true');
  await page.getByLabel(/^Type its short name/).fill('short-lived');
  await ana.expectSound();
  await end.click();
  await page.getByRole('heading', { name: 'Projects' }).waitFor();
  expect(await page.getByText('Shorter Lived').count()).toBe(0);
  expect(ana.faults).toEqual([]);
  await ana.close();
});
