import { expect, inject, test } from 'vitest';
import { ACCOUNT, kubectl, NAMESPACE, tokenOf } from './harness/cluster.ts';
import { asAna } from './harness/projects.ts';
import { ana, withAna } from './harness/visits.ts';

withAna();

test('a static dynamic secret is added with an address of its own, changed, and deleted with a live lease', async () => {
  const { page } = ana;
  const cluster = inject('cluster');
  await page.goto('/p/web-shop/overview?env=staging');
  await page.getByRole('link', { name: 'Add Dynamic Secret' }).click();
  await page.getByRole('heading', { name: 'Add Dynamic Secret' }).waitFor();
  await ana.expectSound();
  await ana.picture('add');
  expect(await page.getByRole('combobox', { name: 'Gateway', exact: true }).inputValue()).toBe(
    'Internet Gateway',
  );
  await page.getByLabel('Cluster URL').fill(cluster.url);
  await page.getByLabel('CA', { exact: true }).fill(cluster.ca);
  await page.getByLabel(/^Cluster Token/).fill('no such token');
  await page.getByRole('combobox', { name: 'Namespace' }).fill(NAMESPACE);
  await page.getByRole('combobox', { name: 'Service Account Name' }).fill(ACCOUNT);
  await page.getByLabel(/^Secret Name/).fill('night-job');
  await page.getByLabel('Max TTL').fill('30m');
  await page.getByText('Shorter than the Default TTL.').waitFor();
  await page.getByLabel(/^Default TTL/).fill('15m');
  await page.getByRole('button', { name: 'Submit' }).click();
  await page.getByRole('alert').waitFor();
  await ana.expectSound();
  await ana.picture('add-refused');
  await page.getByLabel(/^Cluster Token/).fill(cluster.token);
  await page.getByRole('button', { name: 'Submit' }).click();
  await page.getByRole('link', { name: 'night-job in Staging: 0 live leases' }).click();
  await page.getByRole('tab', { name: 'Configuration' }).click();
  await page.getByRole('link', { name: 'Edit' }).click();
  await page.getByLabel(/^Default TTL/).fill('20m');
  await ana.expectSound();
  await page.getByRole('button', { name: 'Submit' }).click();
  const changed = page.getByRole('dialog').getByRole('row').filter({ hasText: 'defaultTTL' });
  await changed.getByText('15m').waitFor();
  await changed.getByText('20m').waitFor();
  await page.getByText('This affects new leases only').waitFor();
  await ana.expectSound();
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByText('20m', { exact: true }).waitFor();
  await ana.expectSound();
  await ana.picture('configuration');

  await page.getByRole('button', { name: 'Generate' }).click();
  await page.getByRole('button', { name: 'Submit' }).click();
  await page.getByText('Shown once.').waitFor();
  await page.keyboard.press('Escape');
  await page.getByText('Leave without it?').waitFor();
  await ana.expectSound();
  await page.getByRole('button', { name: 'Leave without it' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });

  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  const act = page.getByRole('button', { name: 'Delete the dynamic secret' });
  await page.getByText('There is 1 live lease of it.').first().waitFor();
  expect(await act.getAttribute('aria-disabled')).toBe('true');
  await ana.expectSound();
  await ana.picture('delete-secret');
  await page.getByLabel('End now').check();
  await act.click();
  await page.getByRole('heading', { name: 'Secret Overview' }).waitFor();
  await page.getByText('deploy-bot').waitFor();
  expect(await page.getByText('night-job').count()).toBe(0);
});

test('a temporary account of a saved connection is described before it is saved', async () => {
  const { page } = ana;
  await page.goto('/p/web-shop/e/dev/new');
  await page.getByLabel('Dynamic', { exact: true }).check();
  await page.getByRole('combobox', { name: 'Cluster', exact: true }).click();
  await page.getByRole('option', { name: /eu-1/ }).click();
  await page.getByRole('combobox', { name: 'Namespace' }).fill('web-t');
  await page.getByRole('option', { name: NAMESPACE }).click();
  await page.getByLabel('ClusterRole', { exact: true }).check();
  await page.getByLabel('The whole cluster').check();
  await page.getByText('A cluster-wide binding').waitFor();
  await ana.expectSound();
  await ana.picture('add-dynamic');
  await page.getByRole('radio', { name: 'Role', exact: true }).check();
  await page.getByRole('combobox', { name: 'Role', exact: true }).fill('reader');
  await page.getByLabel(/^Secret Name/).fill('reader-bot');
  await page.getByRole('button', { name: 'Submit' }).click();
  await page.getByRole('link', { name: /^reader-bot in Development/ }).waitFor();
});

test('a missing right is named with a manifest that gives it, and what was typed is not lost by a stray click', async () => {
  const { page } = ana;
  const cluster = inject('cluster');
  const caller = await asAna();
  // A name of its own: what the manifest gives below is for this account only.
  const weak = `weak-${Date.now().toString(36)}`;
  kubectl(['--namespace', NAMESPACE, 'create', 'serviceaccount', weak]);
  const connection = {
    name: 'weak',
    url: cluster.url,
    ca: cluster.ca,
    sharedWith: 'all',
    renewsToken: false,
  };
  await caller.ask('POST', '/api/v1/cluster-connections', {
    ...connection,
    clusterToken: tokenOf(weak),
  });
  await page.goto('/p/web-shop/e/dev/new');
  await page.getByRole('combobox', { name: 'Cluster', exact: true }).click();
  await page.getByRole('option', { name: /weak/ }).click();
  await page.getByRole('combobox', { name: 'Namespace' }).fill(NAMESPACE);
  await page
    .getByText(/Names cannot be listed/)
    .first()
    .waitFor();
  await page.getByRole('combobox', { name: 'Service Account Name' }).fill(ACCOUNT);
  await page.getByRole('button', { name: 'Test now' }).click();
  const missing = page.getByRole('row').filter({ hasText: 'create serviceaccounts/token' });
  await missing.getByText('missing').waitFor();
  await ana.expectSound();
  await ana.picture('test-missing');
  const manifest = (await page.locator('pre').textContent()) ?? '';
  kubectl(['apply', '--filename', '-'], manifest);
  await page.getByRole('button', { name: 'Test now' }).click();
  await page.getByText('The connection works.').waitFor();
  kubectl(['delete', '--filename', '-'], manifest);
  await page.getByRole('link', { name: 'Leases' }).click();
  await page.getByText('Leave without saving?').waitFor();
  await page.getByRole('button', { name: 'Cancel' }).last().click();
  expect(await page.getByRole('combobox', { name: 'Service Account Name' }).inputValue()).toBe(ACCOUNT);
  await ana.expectSound();
});
