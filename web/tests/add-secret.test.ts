import { expect, inject, test } from 'vitest';
import { ACCOUNT, NAMESPACE } from './harness/cluster.ts';
import { asAna } from './harness/projects.ts';
import { ana, withAna } from './harness/visits.ts';

withAna();

const fields = () => {
  const { page } = ana;
  return {
    url: page.getByLabel(/^Cluster URL/),
    ca: page.getByLabel('CA', { exact: true }),
    token: page.getByLabel(/^Cluster Token/),
    namespace: page.getByRole('combobox', { name: 'Namespace' }),
    account: page.getByRole('combobox', { name: 'Service Account Name' }),
    name: page.getByLabel(/^Secret Name/),
  };
};

const caller = () => asAna();

const secretIn = async (environment: string, name: string) =>
  (
    await (
      await caller()
    ).ask('GET', `/api/v1/dynamic-secrets/${name}?projectSlug=web-shop&environmentSlug=${environment}`)
  ).dynamicSecret;

async function chooseCluster(name: RegExp) {
  const { page } = ana;
  await page.getByRole('combobox', { name: 'Cluster', exact: true }).click();
  await page.getByRole('option', { name }).click();
}

function kubeconfig(user: object): string {
  const { url, ca } = inject('cluster');
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'from-file',
    clusters: [{ name: 'c', cluster: { server: url, 'certificate-authority-data': btoa(ca) } }],
    contexts: [{ name: 'from-file', context: { cluster: 'c', user: 'me' } }],
    users: [{ name: 'me', user }],
  });
}

test('one form saves in several environments with differences, tells how each went, and tries only failed ones again', async () => {
  const { page } = ana;
  const name = `many-${Date.now().toString(36)}`;
  await page.goto('/p/web-shop/e/dev/new');
  await page.getByRole('combobox', { name: 'Environments' }).click();
  await page.getByRole('option', { name: 'Staging' }).click();
  await page.getByRole('option', { name: 'Production' }).click();
  await page.keyboard.press('Escape');
  expect(new URL(page.url()).searchParams.get('also')).toBe('staging,prod');
  await chooseCluster(/eu-1/);
  const { namespace, account, name: nameField } = fields();
  await namespace.fill(NAMESPACE);
  await account.fill(ACCOUNT);
  await nameField.fill(name);
  await page.getByLabel('Default TTL in Production').fill('20m');
  await page.getByLabel('Namespace in Staging').fill('no-such-namespace');
  await page.getByLabel('Max TTL in Staging').fill('30m');
  await page.getByText('Shorter than the Default TTL.').waitFor();
  await page.getByLabel('Max TTL in Staging').fill('');
  await ana.expectSound();
  await ana.picture('add-several');
  await page.getByRole('button', { name: 'Submit' }).click();
  await page.getByText('It was not saved in 1 environment.').waitFor();
  const outcomes = page.getByRole('table', { name: 'What was saved' });
  await outcomes.getByRole('row').filter({ hasText: 'Staging' }).getByText('not saved').waitFor();
  expect(await outcomes.getByText('saved', { exact: true }).count()).toBe(2);
  await ana.expectSound();
  const saved = await secretIn('prod', name);
  expect(saved.defaultTTL).toBe('20m');
  expect((await secretIn('dev', name)).defaultTTL).toBe('1h');

  await page.getByLabel('Namespace in Staging').fill(NAMESPACE);
  await page.getByRole('button', { name: 'Submit' }).click();
  await page.getByRole('link', { name: `${name} in Staging: 0 live leases` }).waitFor();
  expect((await secretIn('prod', name)).version).toBe(saved.version);
});

test('what was typed survives a reload without the Cluster Token, until it is discarded or saved', async () => {
  const { page } = ana;
  await page.goto('/p/web-shop/e/staging/new');
  const { url, token, namespace, name } = fields();
  await url.fill('https://kept.example.com');
  await namespace.fill('kept-namespace');
  await name.fill('kept');
  await token.fill('typed-and-secret');
  const stored = await page.evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage }));
  expect(stored).toContain('kept-namespace');
  expect(stored).not.toContain('typed-and-secret');
  await page.getByRole('link', { name: 'Clusters' }).click();
  await page.getByText('What you typed is kept in this tab').waitFor();
  await ana.expectSound();
  await page.getByRole('button', { name: 'Leave without saving' }).click();
  await page.getByRole('heading', { name: 'Clusters' }).waitFor();
  await page.goto('/p/web-shop/e/staging/new');
  await page.reload();
  await name.waitFor();
  expect(await name.inputValue()).toBe('kept');
  expect(await namespace.inputValue()).toBe('kept-namespace');
  expect(await token.inputValue()).toBe('');
  await ana.expectSound();
  await page.goto('/p/web-shop/e/prod/new');
  await name.waitFor();
  expect(await name.inputValue()).toBe('');
  await page.goto('/p/web-shop/e/staging/new');
  const discard = page.getByRole('button', { name: 'Discard draft' });
  await discard.click();
  await page.getByText('Nothing was typed yet.').first().waitFor({ state: 'attached' });
  expect(await name.inputValue()).toBe('');
  await page.reload();
  await name.waitFor();
  expect(await name.inputValue()).toBe('');
});

test('a pasted kubeconfig fills address, CA and token, which is in no store, and connects the cluster', async () => {
  const { page } = ana;
  const cluster = inject('cluster');
  await page.goto('/clusters/new');
  await page.getByLabel('From a kubeconfig').fill(kubeconfig({ token: cluster.token }));
  await page.getByText('were filled in from the context from-file').waitFor();
  const { url, ca, token } = fields();
  expect(await url.inputValue()).toBe(cluster.url);
  expect((await ca.inputValue()).trim()).toBe(cluster.ca.trim());
  expect(await token.inputValue()).toBe(cluster.token);
  const seen = await page.evaluate(
    () => document.body.innerText + JSON.stringify({ ...localStorage, ...sessionStorage }),
  );
  expect(seen).not.toContain(cluster.token);
  expect(await page.getByLabel('From a kubeconfig').inputValue()).toBe('');
  await ana.expectSound();
  await ana.picture('kubeconfig');
  await page.getByLabel('All projects').check();
  await page.getByRole('button', { name: 'Submit' }).click();
  await page.getByRole('heading', { name: 'from-file', exact: true }).waitFor();
});

test('a kubeconfig without a token says what it has instead, and what is none fills nothing', async () => {
  const { page } = ana;
  await page.goto('/p/web-shop/e/dev/new');
  const { url, token } = fields();
  await token.fill('from before');
  const area = page.getByLabel('From a kubeconfig');
  await area.fill(kubeconfig({ exec: { command: 'aws-iam-authenticator' } }));
  await page.getByText('asks a program for tokens (aws-iam-authenticator)').waitFor();
  expect(await token.inputValue()).toBe('');
  await ana.expectSound();
  await area.fill(kubeconfig({ 'client-certificate-data': 'eA==' }));
  await page.getByText('its user shows a client certificate').waitFor();
  await url.fill('https://mine.example.com');
  await area.fill('no kubeconfig at all');
  await page.getByText('That has no context with a cluster').waitFor();
  expect(await url.inputValue()).toBe('https://mine.example.com');
  const dropped = await page.evaluateHandle(
    text => {
      const data = new DataTransfer();
      data.items.add(new File([text], 'config'));
      return data;
    },
    kubeconfig({ token: 'dropped' }),
  );
  await area.dispatchEvent('drop', { dataTransfer: dropped });
  await page.getByText('were filled in from the context from-file').waitFor();
  expect(await token.inputValue()).toBe('dropped');
  await ana.expectSound();
});

test('the form shows itself as commands, and Alt with arrows and Ctrl with Enter lead through it', async () => {
  const { page } = ana;
  await page.goto('/p/web-shop/e/dev/new');
  await chooseCluster(/eu-1/);
  const { namespace, account, name } = fields();
  await page.getByRole('radio', { name: 'Static' }).focus();
  const legend = () =>
    page.evaluate(() => document.activeElement?.closest('fieldset')?.querySelector('legend')?.textContent);
  await page.keyboard.press('Alt+ArrowDown');
  expect(await legend()).toBe('Connection');
  await page.keyboard.press('Alt+ArrowDown');
  expect(await legend()).toBe('Target');
  await page.keyboard.press('Alt+ArrowUp');
  expect(await legend()).toBe('Connection');
  await namespace.fill(NAMESPACE);
  await account.fill(ACCOUNT);
  await name.fill('by-keys');
  await page.getByRole('button', { name: 'As code' }).click();
  const shown = page.getByRole('figure');
  expect(await shown.textContent()).toContain('/api/v1/dynamic-secrets');
  await page.getByRole('tab', { name: 'Command line' }).click();
  expect(await shown.textContent()).toContain('mayfly secret create by-keys --project web-shop --env dev');
  await ana.expectSound();
  await ana.picture('as-code');
  await name.press('Control+Enter');
  await page.getByRole('link', { name: 'by-keys in Development: 0 live leases' }).waitFor();
});
