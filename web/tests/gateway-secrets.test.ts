import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { ACCOUNT, NAMESPACE } from './harness/cluster.ts';
import { bringUp, type Machine, machine } from './harness/gateway.ts';
import { asAna } from './harness/projects.ts';
import { pool } from './harness/scene.ts';
import { ana, withAna } from './harness/visits.ts';

let rig: Machine;
let gatewayId: string;
let gatewayPoolId: string;

withAna();

beforeAll(async () => {
  rig = await machine(inject('cluster'));
  const rules = {
    accounts: [`${NAMESPACE}/${ACCOUNT}`],
    namespaces: [NAMESPACE],
    roles: ['Role/reader'],
    forwards: true,
  };
  gatewayId = await bringUp(await asAna(), rig, 'gw-leases', rules);
  gatewayPoolId = await pool(await asAna(), 'pool-leases', [gatewayId]);
});
afterAll(() => rig.remove());

async function choose(field: string, option: string | RegExp): Promise<void> {
  const { page } = ana;
  await page.getByRole('combobox', { name: field, exact: true }).click();
  await page.getByRole('option', { name: option }).click();
}

async function begin(): Promise<void> {
  await ana.page.goto('/p/web-shop/e/staging/new');
  await ana.page.getByRole('heading', { name: 'Add Dynamic Secret' }).waitFor();
}

/** Saves what the form says under a name, generates a token of it, and answers with the form that was sent. */
async function saveAndGenerate(name: string): Promise<{ provider: { inputs: Record<string, unknown> } }> {
  const { page } = ana;
  await page.getByLabel(/^Secret Name/).fill(name);
  const sending = page.waitForRequest(
    request => request.method() === 'POST' && new URL(request.url()).pathname === '/api/v1/dynamic-secrets',
  );
  await page.getByRole('button', { name: 'Submit' }).click();
  const sent = (await sending).postDataJSON();
  await page.getByRole('link', { name: `${name} in Staging: 0 live leases` }).click();
  await page.getByRole('heading', { name, level: 1 }).waitFor();
  await ana.settled();
  await page.getByRole('button', { name: 'Generate' }).click();
  await page.getByRole('button', { name: 'Submit' }).click();
  await page.getByText('Shown once.').waitFor();
  return sent;
}

test('a gateway gives out tokens of an existing account, and nothing of the cluster is entered', async () => {
  const { page } = ana;
  await begin();
  await page.getByRole('radio', { name: 'Gateway' }).check();
  for (const label of ['Cluster URL', 'CA', 'Cluster Token', 'Cluster'])
    expect(await page.getByLabel(label, { exact: true }).count(), label).toBe(0);
  await page.getByRole('combobox', { name: 'Gateway', exact: true }).click();
  const option = page.getByRole('option', { name: /^gw-leases/ });
  await option.getByText('healthy').waitFor();
  await option.getByText('here, since').waitFor();
  await page
    .getByRole('option', { name: /^gw-eu/ })
    .getByText('never connected')
    .waitFor();
  expect(await page.getByRole('option', { name: 'Internet Gateway' }).count()).toBe(0);
  await ana.picture('add-gateway-choice');
  await option.click();
  // What its policy lets pass is offered.
  await page.getByRole('combobox', { name: 'Namespace' }).click();
  await page.getByRole('option', { name: NAMESPACE }).click();
  await page.getByRole('combobox', { name: 'Service Account Name' }).click();
  await page.getByRole('option', { name: ACCOUNT }).click();
  await page.getByText('The policy of this gateway does not allow the Secrets that this needs').waitFor();
  expect(await page.getByRole('combobox', { name: 'Tokens can be taken back' }).inputValue()).toBe('No');
  await ana.expectSound();
  await ana.picture('add-gateway');
  const { provider } = await saveAndGenerate('by-gateway');
  expect(provider.inputs).toMatchObject({ authMethod: 'gateway', gatewayId, revocable: false });
  for (const field of ['url', 'ca', 'clusterToken']) expect(provider.inputs).not.toHaveProperty(field);
  await page.getByText('The cluster was asked with this token and accepted it.').waitFor();
  await ana.expectSound();
  await ana.picture('gateway-token');
  await page.getByRole('button', { name: 'Copy token' }).click();
  await page.getByRole('button', { name: 'Done' }).click();

  await page.getByRole('tab', { name: 'Configuration' }).click();
  await page.getByRole('link', { name: 'gw-leases' }).waitFor();
  await page.getByText("the gateway's own").waitFor();
  await ana.expectSound();
  await ana.picture('gateway-configuration');
  await page.getByRole('link', { name: 'Edit' }).click();
  await page.getByText('This and the gateway stay as they are').waitFor();
  expect(await page.getByRole('radio', { name: 'Token (API)' }).isDisabled()).toBe(true);
  await ana.expectSound();
});

test('a gateway makes an account for each lease', async () => {
  const { page } = ana;
  await begin();
  await page.getByRole('radio', { name: 'Dynamic' }).check();
  await page.getByRole('radio', { name: 'Gateway' }).check();
  await choose('Gateway', /^gw-leases/);
  await page.getByRole('combobox', { name: 'Namespace' }).fill(NAMESPACE);
  await page.getByRole('combobox', { name: 'Role', exact: true }).click();
  await page.getByRole('option', { name: 'reader' }).click();
  const { provider } = await saveAndGenerate('made-by-gateway');
  expect(provider.inputs).toMatchObject({ authMethod: 'gateway', gatewayId, credentialType: 'dynamic' });
});

test('with Token (API) a gateway passes bytes on, and the first choice is none', async () => {
  const { page } = ana;
  const { url, ca, token } = inject('cluster');
  await begin();
  const field = page.getByRole('combobox', { name: 'Gateway', exact: true });
  expect(await field.inputValue()).toBe('Internet Gateway');
  await field.click();
  expect(await page.getByRole('option').first().textContent()).toBe('Internet Gateway');
  await page.getByRole('option', { name: /^gw-leases/ }).click();
  await page.getByLabel('Cluster URL').fill(url);
  await page.getByLabel('CA', { exact: true }).fill(ca);
  await page.getByLabel(/^Cluster Token/).fill(token);
  await page.getByRole('combobox', { name: 'Namespace' }).fill(NAMESPACE);
  await page.getByRole('combobox', { name: 'Service Account Name' }).fill(ACCOUNT);
  const { provider } = await saveAndGenerate('through-gateway');
  expect(provider.inputs).toMatchObject({ authMethod: 'api', gatewayId, url });
});

test('a pool does the work or is on the way, by what each of its gateways lets pass', async () => {
  const { page } = ana;
  const { url, ca, token } = inject('cluster');
  await begin();
  await page.getByRole('radio', { name: 'Gateway' }).check();
  await page.getByRole('combobox', { name: 'Gateway', exact: true }).click();
  const option = page.getByRole('option', { name: /^pool-leases/ });
  await option.getByText('1 of 1 here').waitFor();
  await ana.picture('add-pool-choice');
  await option.click();
  await page.getByRole('combobox', { name: 'Namespace' }).click();
  await page.getByRole('option', { name: NAMESPACE }).click();
  await page.getByRole('combobox', { name: 'Service Account Name' }).click();
  await page.getByRole('option', { name: ACCOUNT }).click();
  expect(await page.getByRole('combobox', { name: 'Tokens can be taken back' }).inputValue()).toBe('No');
  await ana.expectSound();
  const own = await saveAndGenerate('by-pool-own');
  expect(own.provider.inputs).toMatchObject({ authMethod: 'gateway', gatewayPoolId });
  expect(own.provider.inputs).not.toHaveProperty('gatewayId');
  await page.getByRole('button', { name: 'Copy token' }).click();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('tab', { name: 'Configuration' }).click();
  await page.getByRole('link', { name: 'pool-leases' }).waitFor();
  await page.getByText('1 of 1 here').waitFor();
  await ana.expectSound();
  await ana.picture('pool-configuration');

  await begin();
  await choose('Gateway', /^pool-leases/);
  await page.getByLabel('Cluster URL').fill(url);
  await page.getByLabel('CA', { exact: true }).fill(ca);
  await page.getByLabel(/^Cluster Token/).fill(token);
  await page.getByRole('combobox', { name: 'Namespace' }).fill(NAMESPACE);
  await page.getByRole('combobox', { name: 'Service Account Name' }).fill(ACCOUNT);
  const passed = await saveAndGenerate('through-pool');
  expect(passed.provider.inputs).toMatchObject({ authMethod: 'api', gatewayPoolId, url });
});

test('a cluster is connected by a pool that does the work, and led another way afterwards', async () => {
  const { page } = ana;
  const { url, ca, token } = inject('cluster');
  await page.goto('/clusters/new');
  await page.getByRole('textbox', { name: 'Name' }).fill('edge-by-pool');
  await page.getByRole('radio', { name: 'Gateway' }).check();
  for (const label of ['Cluster URL', 'CA', 'Cluster Token'])
    expect(await page.getByLabel(label, { exact: true }).count(), label).toBe(0);
  await choose('Gateway', /^pool-leases/);
  await page.getByRole('radio', { name: 'All projects' }).check();
  await page.getByRole('button', { name: 'Test now' }).click();
  await page
    .getByText(/^All rights|works|passed/i)
    .first()
    .waitFor();
  await ana.expectSound();
  await ana.picture('connect-by-pool');
  await page.getByRole('button', { name: 'Submit' }).click();

  await page.getByRole('heading', { name: 'edge-by-pool', level: 1 }).waitFor();
  await page.getByRole('link', { name: 'pool-leases' }).waitFor();
  expect(await page.getByText("the gateway's own").count()).toBe(1);
  await page.getByRole('button', { name: 'Exchange token' }).focus();
  await page.getByText('there is no Cluster Token').first().waitFor({ state: 'attached' });
  await ana.expectSound();
  await ana.picture('cluster-by-pool');
  await page.getByRole('link', { name: 'Clusters' }).first().click();
  await page.getByRole('row').filter({ hasText: 'edge-by-pool' }).getByText("the gateway's own").waitFor();
  await page.goto('/clusters?view=map');
  await page.getByText('through a pool of gateways').first().waitFor();
  await page.goBack();
  await page.getByRole('link', { name: 'edge-by-pool' }).click();

  await page.getByRole('link', { name: 'Edit' }).click();
  await page.getByRole('radio', { name: 'Token (API)' }).check();
  await choose('Gateway', /^gw-leases/);
  await page.getByLabel(/^Cluster URL/).fill(url);
  await page.getByRole('textbox', { name: 'CA', exact: true }).fill(ca);
  await page.getByLabel(/^Cluster Token/).fill(token);
  await page.getByRole('button', { name: 'Submit' }).click();
  await page.getByRole('heading', { name: 'edge-by-pool', level: 1 }).waitFor();
  await page.getByRole('link', { name: 'gw-leases' }).waitFor();
  await page.getByText(url).waitFor();
  await ana.expectSound();

  // A stored token goes by no other way than it was given for, which is said at its field.
  await page.getByRole('link', { name: 'Edit' }).click();
  await choose('Gateway', 'Internet Gateway');
  await page.getByRole('button', { name: 'Submit' }).click();
  await page.getByText('is required again').first().waitFor();
  await ana.expectSound();
  await page.getByLabel(/^Cluster Token/).fill(token);
  await page.getByRole('button', { name: 'Submit' }).click();
  await page.getByRole('heading', { name: 'edge-by-pool', level: 1 }).waitFor();
  await page.getByText('Internet Gateway').waitFor();
  await page.getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('link', { name: 'edge-by-pool' }).waitFor({ state: 'detached' });
});
