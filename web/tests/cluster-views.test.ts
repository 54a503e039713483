import { beforeAll, expect, test } from 'vitest';
import { furnishProject } from './harness/projects.ts';
import { ana, withAna } from './harness/visits.ts';

withAna();

beforeAll(async () => {
  const { who } = await furnishProject('mapped', [['mapped-job', 'prod']]);
  await who.ask('POST', '/api/v1/dynamic-secrets/leases', {
    dynamicSecretName: 'mapped-job',
    projectSlug: 'mapped',
    environmentSlug: 'prod',
  });
});

test('clusters tell their live leases and who issued last, and are tested from the list by p', async () => {
  const { page } = ana;
  await page.goto('/clusters');
  const row = page.getByRole('row').filter({ has: page.getByRole('link', { name: 'mapped' }) });
  await row.getByText('ana@example.com').waitFor();
  await row.getByText('1', { exact: true }).waitFor();
  await row.focus();
  await page.keyboard.press('p');
  await row.getByText(/^works, checked/).waitFor();
  await ana.expectSound();
  await page.getByRole('heading', { name: 'Clusters' }).click();
  await page.keyboard.press('n');
  await page.getByRole('heading', { name: 'Connect a cluster' }).waitFor();
});

test('the page of a cluster has the tests of it, and the newest without being loaded again', async () => {
  const { page } = ana;
  await page.goto('/clusters');
  await page.getByRole('link', { name: 'mapped', exact: true }).click();
  const tests = page.getByRole('region', { name: 'The last tests' });
  await tests
    .getByRole('listitem')
    .filter({ hasText: /^Passed 1$/ })
    .waitFor();
  await page.getByRole('button', { name: 'Test now' }).click();
  await tests
    .getByRole('listitem')
    .filter({ hasText: /^Passed 2$/ })
    .waitFor();
  await tests.getByRole('button', { name: 'As a table' }).click();
  expect(await tests.locator('tbody tr').count()).toBe(2);
  await ana.expectSound();
  await ana.picture('cluster-tests');
});

test('as cards and as a map clusters have addresses of their own', async () => {
  const { page } = ana;
  await page.goto('/clusters');
  await page.getByRole('link', { name: 'Cards' }).click();
  await page.getByRole('heading', { name: 'mapped' }).waitFor();
  await page.getByRole('button', { name: 'Test mapped now' }).click();
  await page.getByText(/^works, checked/).waitFor();
  expect(await page.locator('[aria-current="page"]').allTextContents()).toContain('Cards');
  await ana.expectSound();
  await ana.picture('clusters-cards');
  await page.getByRole('link', { name: 'Map' }).click();
  await page.getByRole('tree').waitFor();
  expect(new URL(page.url()).searchParams.get('view')).toBe('map');
});

test('the map is a tree that arrow keys walk, from a cluster to a project to a secret with live leases', async () => {
  const { page } = ana;
  await page.goto('/clusters?view=map');
  const tree = page.getByRole('tree', { name: 'Clusters, projects and dynamic secrets' });
  const secret = tree.getByText('mapped-job · prod');
  await secret.waitFor();
  await tree.getByText('1 live lease').first().waitFor();
  await ana.expectSound();
  await ana.picture('clusters-map');
  // Its own words, not those of a project within another cluster.
  const cluster = tree
    .locator('[data-level="1"]')
    .filter({ has: page.locator('xpath=./div//a[.="mapped"]') });
  await cluster.focus();
  await page.keyboard.press('ArrowLeft');
  await secret.waitFor({ state: 'detached' });
  await page.keyboard.press('ArrowRight');
  await secret.waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'mapped-job' }).waitFor();
});
