import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { kubectl, NAMESPACE } from './harness/cluster.ts';
import { apply, bindingsOf, clusterRole, fresh } from './harness/objects.ts';
import { asAna } from './harness/projects.ts';
import { connection } from './harness/scene.ts';
import { ana, withAna } from './harness/visits.ts';

withAna();

const ROLE = fresh('log-reader');
const CLUSTER = fresh('wide');

beforeAll(async () => {
  apply(clusterRole(ROLE, { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] }));
  await connection(await asAna(), CLUSTER, inject('cluster'), { limits: { wholeCluster: true } });
});
afterAll(async () => {
  kubectl(['delete', 'clusterrole', ROLE]);
});

/** Fills the form for a temporary account with the ClusterRole, up to where it is granted. */
async function describe(page: Page, name: string): Promise<void> {
  await page.goto('/p/web-shop/e/dev/new');
  await page.getByLabel('Dynamic', { exact: true }).check();
  await page.getByRole('combobox', { name: 'Cluster', exact: true }).click();
  await page.getByRole('option', { name: new RegExp(`^${CLUSTER} `) }).click();
  await page.getByRole('combobox', { name: 'Namespace' }).fill(NAMESPACE);
  await page.getByLabel('ClusterRole', { exact: true }).check();
  await page.getByRole('combobox', { name: 'Role', exact: true }).fill(ROLE);
  await page.getByLabel(/^Secret Name/).fill(name);
}

/** Asks for a token by hand, and gives the name of the account that was made for it. */
async function generate(page: Page, name: string, reach: string): Promise<string> {
  await page.getByRole('link', { name: `Generate a token of ${name}` }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(/^It may do what 1 rule says/).waitFor();
  expect(await dialog.locator('[data-tone="bad"]').allInnerTexts()).toEqual(reach === '' ? [] : [reach]);
  await page.getByRole('dialog').getByRole('button', { name: 'Submit' }).click();
  await page.getByText('Shown once.').waitFor();
  await page.getByText('What the token says of itself').click();
  const subject = await page
    .getByRole('dialog')
    .getByText(/^system:serviceaccount:/)
    .innerText();
  await page.getByRole('button', { name: 'Copy token' }).click();
  await page.getByText('Copied', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Done' }).click();
  return subject.split(':').at(-1) ?? '';
}

const chips = (page: Page) => page.locator('[data-tone="bad"]').filter({ hasText: /^Whole cluster$/ });

test('a ClusterRole granted in the namespace is bound in that namespace and nowhere else', async () => {
  const { page } = ana;
  const name = fresh('near');
  await describe(page, name);
  await page.getByLabel('The namespace of the lease').check();
  expect(await chips(page).count()).toBe(0);
  await page.getByRole('button', { name: 'Submit' }).click();
  const account = await generate(page, name, '');
  expect(bindingsOf(account)).toEqual([`RoleBinding/${NAMESPACE}/${ROLE}`]);
  expect(await chips(page).count()).toBe(0);
  await ana.expectSound();
});

test('a ClusterRole granted in the whole cluster wears a red chip, and is bound by a ClusterRoleBinding', async () => {
  const { page } = ana;
  const name = fresh('far');
  await describe(page, name);
  await page.getByLabel('The whole cluster').check();
  await chips(page).waitFor();
  await ana.expectSound();
  await ana.picture('add-whole-cluster');
  await page.getByRole('button', { name: 'Submit' }).click();
  const account = await generate(page, name, 'Whole cluster');
  expect(bindingsOf(account)).toEqual([`ClusterRoleBinding/*/${ROLE}`]);
  await chips(page).waitFor();
  await ana.expectSound();
  const row = page.getByRole('row').filter({ hasText: account });
  await row.getByRole('button', { name: /^Delete lease/ }).click();
  await page.getByRole('button', { name: 'Delete lease and revoke token' }).click();
  await row.getByText('Revoked', { exact: true }).waitFor();
  expect(bindingsOf(account)).toEqual([]);
  await page.getByRole('tab', { name: 'Configuration' }).click();
  await page.getByRole('link', { name: 'Edit' }).click();
  expect(await page.getByLabel('The whole cluster').isChecked()).toBe(true);
  await chips(page).waitFor();
});
