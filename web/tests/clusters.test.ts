import { expect, inject, test } from 'vitest';
import { tokenOf } from './harness/cluster.ts';
import { ana, withAna } from './harness/visits.ts';

withAna();

test('a cluster is connected, changed, given another token once that works, looked through, and removed', async () => {
  const { page } = ana;
  const cluster = inject('cluster');
  await page.goto('/clusters/new');
  await page.getByRole('textbox', { name: 'Name' }).fill('lab');
  await page.getByLabel(/^Cluster URL/).fill(cluster.url);
  await page.getByLabel('CA', { exact: true }).fill(cluster.ca);
  await page.getByLabel(/^Cluster Token/).fill(cluster.token);
  await page.getByLabel('All projects').check();
  await ana.expectSound();
  await page.getByRole('button', { name: 'Submit' }).click();
  await page.getByRole('heading', { name: 'lab' }).waitFor();

  await page.getByRole('link', { name: 'Edit' }).click();
  await page.getByLabel('Address for clients').fill('https://lab.example.com:6443');
  await page.getByLabel('Max TTL').fill('2h');
  await ana.expectSound();
  await ana.picture('cluster-edit');
  await page.getByRole('button', { name: 'Submit' }).click();
  await page.getByText('https://lab.example.com:6443').waitFor();
  await page.getByText('2h', { exact: true }).waitFor();

  await page.getByRole('button', { name: 'Exchange token' }).click();
  await page.getByLabel(/^Cluster Token/).fill('no such token');
  await page.getByRole('dialog').getByRole('button', { name: 'Exchange token' }).click();
  await page.getByRole('dialog').getByRole('alert').waitFor();
  await ana.expectSound();
  await page.getByLabel(/^Cluster Token/).fill(tokenOf('mayfly-issuer'));
  await page.getByRole('dialog').getByRole('button', { name: 'Exchange token' }).click();
  await page.getByText('The new token works').waitFor();

  await page.getByRole('tab', { name: 'Objects' }).click();
  await page.getByRole('button', { name: 'Look now' }).click();
  await page.getByText('With the label').waitFor();
  await page.getByText(/Looked at \d/).waitFor();
  await ana.expectSound();
  await ana.picture('cluster-objects');

  await page.getByRole('tab', { name: 'Activity' }).click();
  await page.getByRole('button', { name: 'Let the cluster send it' }).click();
  await page.getByText('--audit-webhook-config-file').waitFor();
  expect(await page.locator('pre').first().textContent()).toContain('token');
  await page.getByRole('link', { name: 'update-cluster-connection' }).first().waitFor();
  await ana.expectSound();
  await ana.picture('cluster-activity');
  await page.getByRole('button', { name: 'Let it send no more' }).click();
  await page.getByText('What it sends is refused from then on').waitFor();
  await ana.expectSound();
  await page.getByRole('dialog').getByRole('button', { name: 'Let it send no more' }).click();
  await page.getByRole('button', { name: 'Let the cluster send it' }).waitFor();

  await page.getByRole('button', { name: 'Remove' }).click();
  await ana.expectSound();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('heading', { name: 'Clusters' }).waitFor();
  await page.getByText('eu-1').waitFor();
  expect(await page.getByRole('link', { name: 'lab' }).count()).toBe(0);
});

test('a connection that is used is not removed, and says by what', async () => {
  const { page } = ana;
  await page.goto('/clusters');
  await page.getByRole('link', { name: 'eu-1' }).click();
  await page.getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('alert').waitFor();
  await ana.picture('cluster-used');
});
