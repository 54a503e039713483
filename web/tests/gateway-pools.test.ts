import { afterAll, beforeAll, inject, test } from 'vitest';
import { Visitor } from './harness/browser.ts';
import { ACCOUNT, NAMESPACE } from './harness/cluster.ts';
import { bringUp, type Machine, machine } from './harness/gateway.ts';
import { asAna } from './harness/projects.ts';
import { pool, secret } from './harness/scene.ts';
import { ana, browser, withAna } from './harness/visits.ts';

let rig: Machine;

withAna();

beforeAll(async () => {
  rig = await machine(inject('cluster'));
  const rules = { accounts: [`${NAMESPACE}/${ACCOUNT}`], namespaces: [], roles: [], forwards: false };
  await bringUp(await asAna(), rig, 'gw-here', rules);
});
afterAll(() => rig.remove());

async function put(gateway: string): Promise<void> {
  const { page } = ana;
  await page.getByRole('combobox', { name: 'Put a gateway into it' }).click();
  await page.getByRole('option', { name: gateway }).click();
  await page.getByRole('button', { name: 'Add' }).click();
  await page.getByRole('row').filter({ hasText: gateway }).waitFor();
}

test('a pool is made, filled, renamed and emptied, and shows how each of its gateways is', async () => {
  const { page } = ana;
  await page.goto('/gateways');
  await page.getByRole('tab', { name: 'Pools' }).click();
  await page.waitForURL(url => url.pathname === '/gateways/pools');
  await page.getByText('whichever of them is there and has the least to do').waitFor();
  await page.getByRole('button', { name: 'New pool' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(/^Name/).fill('pool-eu');
  await dialog.getByRole('button', { name: 'Create pool' }).click();
  // What is wrong with the name stands at it.
  await dialog.getByLabel(/^Name/).and(page.locator('[aria-invalid="true"]')).waitFor();
  await ana.expectSound();
  await dialog.getByLabel(/^Name/).fill('pool-a');
  await dialog.getByRole('button', { name: 'Create pool' }).click();

  await page.getByRole('heading', { name: 'pool-a', level: 1 }).waitFor();
  await page.getByText('no gateways').waitFor();
  await page.getByRole('button', { name: 'Add' }).focus();
  await page.getByText('Choose a gateway first.').first().waitFor({ state: 'attached' });
  await ana.expectSound();
  await ana.picture('pool-empty');
  await put('gw-here');
  await page.getByText('1 of 1 here').waitFor();
  await put('gw-eu');
  await page.getByText('1 of 2 here').waitFor();
  const members = page.getByRole('table', { name: 'Gateways in it' });
  await members.getByRole('row').filter({ hasText: 'gw-here' }).getByText('healthy').waitFor();
  await members.getByRole('row').filter({ hasText: 'gw-eu' }).getByText('never connected').waitFor();
  await ana.expectSound();
  await ana.picture('pool');

  await page.getByRole('button', { name: 'Rename' }).click();
  await dialog.getByLabel(/^Name/).fill('pool-b');
  await dialog.getByRole('button', { name: 'Rename' }).click();
  await page.getByRole('heading', { name: 'pool-b', level: 1 }).waitFor();

  await page.getByRole('navigation').getByRole('link', { name: 'Gateways' }).click();
  await page.getByRole('tab', { name: 'Pools' }).click();
  const row = page.getByRole('row').filter({ hasText: 'pool-b' });
  await row.getByText('1 of 2 here').waitFor();
  await row.getByText('never connected').waitFor();
  await ana.expectSound();
  await ana.picture('pools');
  await row.getByRole('link', { name: 'pool-b' }).click();
  await page.getByRole('button', { name: 'Take out gw-eu' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('1 of 1 here').waitFor();
  // A gateway says which pools it is in.
  await members.getByRole('link', { name: 'gw-here' }).click();
  await page.getByRole('list', { name: 'Pools that it is in' }).getByRole('link', { name: 'pool-b' }).click();
  await page.getByRole('button', { name: 'Remove' }).click();
  await dialog.getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('link', { name: 'pool-b' }).waitFor({ state: 'detached' });
  await page.waitForURL(url => url.pathname === '/gateways/pools');
});

test('what leads through a pool keeps it, and is named when somebody wants to remove it', async () => {
  const { page } = ana;
  const admin = await asAna();
  const { gateways } = await admin.ask('GET', '/api/v1/gateways');
  const here = gateways.find(({ name }: { name: string }) => name === 'gw-here');
  const gatewayPoolId = await pool(admin, 'pool-used', [here.id]);
  await secret(admin, 'by-pool', 'staging', {
    credentialType: 'static',
    authMethod: 'gateway',
    gatewayPoolId,
    namespace: NAMESPACE,
    serviceAccountName: ACCOUNT,
    revocable: false,
  });
  await page.goto(`/gateways/pools/${gatewayPoolId}`);
  const uses = page.getByRole('region', { name: 'What leads through it' });
  await uses.getByRole('link', { name: 'by-pool' }).waitFor();
  await ana.expectSound();
  await page.getByRole('button', { name: 'Remove' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Remove' }).click();
  await dialog.getByText('It is in use and was not removed').waitFor();
  await ana.expectSound();
  await ana.picture('pool-in-use');
  await dialog.getByRole('link', { name: 'by-pool' }).click();
  await page.getByRole('heading', { name: 'by-pool', level: 1 }).waitFor();

  // And a gateway that is in a pool is taken out of it first.
  await page.goto(`/gateways/${here.id}`);
  await page.getByRole('button', { name: 'Remove' }).click();
  await dialog.getByRole('button', { name: 'Remove' }).click();
  await dialog.getByRole('link', { name: 'pool-used' }).waitFor();
  await ana.expectSound();
});

test('where nothing of a pool is here, its page says what comes of it; without pools it says what they are for', async () => {
  const { page } = ana;
  const listing = '**/api/v1/gateway-pools';
  await page.route(listing, route => route.fulfill({ json: [] }));
  await page.goto('/gateways/pools');
  await page.getByRole('heading', { name: 'No pool yet' }).waitFor();
  await ana.expectSound();
  await ana.picture('pools-empty');
  await page.unroute(listing);

  const [eu] = await (await asAna()).ask('GET', '/api/v1/gateway-pools');
  await page.route(`**/api/v1/gateway-pools/${eu.id}`, async route => {
    const response = await route.fetch();
    return route.fulfill({ response, json: { ...(await response.json()), connectedResourcesCount: 2 } });
  });
  await page.goto(`/gateways/pools/${eu.id}`);
  await page.getByText('None of its gateways is here').waitFor();
  await ana.expectSound();
  // The page goes on asking: whoever closes it must not come in between.
  await page.unrouteAll({ behavior: 'wait' });
});

test('who may only see pools is refused another gateway in one', async () => {
  const ben = await Visitor.open(browser);
  await ben.signIn('ben@example.com');
  await ben.page.goto('/gateways/pools');
  await ben.page.getByRole('link', { name: 'pool-eu' }).click();
  await ben.page.getByRole('combobox', { name: 'Put a gateway into it' }).click();
  await ben.page.getByRole('option', { name: 'gw-here' }).click();
  await ben.page.getByRole('button', { name: 'Add' }).click();
  await ben.page.getByRole('alert').getByText('gateways').waitFor();
  await ben.expectSound();
  await ben.close();
});
