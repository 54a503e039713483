import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { Visitor } from './harness/browser.ts';
import { ACCOUNT, kubectl, NAMESPACE } from './harness/cluster.ts';
import { type Machine, machine } from './harness/gateway.ts';
import { join } from './harness/people.ts';
import { asAna } from './harness/projects.ts';
import { ana, browser, withAna } from './harness/visits.ts';
import { waitFor } from './harness/waiting.ts';

let rig: Machine;

withAna();

beforeAll(async () => {
  rig = await machine(inject('cluster'));
});
afterAll(() => rig.remove());

const clipboard = () => ana.page.evaluate(() => navigator.clipboard.readText());

/** Names a gateway on the page for that, which leads to the one where it enrols. */
async function make(name: string): Promise<void> {
  const { page } = ana;
  await page.goto('/gateways');
  await page.getByRole('link', { name: 'New gateway' }).click();
  await page.getByRole('heading', { name: 'New gateway' }).waitFor();
  await page.getByLabel(/^Name/).fill(name);
  await page.getByRole('button', { name: 'Create gateway' }).click();
  await page.getByRole('heading', { name: `Enrol as ${name}` }).waitFor();
}

/** Says where its cluster is and what it may be asked for. */
async function describe(): Promise<void> {
  const { page } = ana;
  await page.getByLabel(/^Cluster URL/).fill(inject('cluster').url);
  await page.getByLabel(/^File with the CA/).fill(rig.ca);
  await page.getByLabel(/^File with its token/).fill(rig.token);
  const accounts = page.getByRole('combobox', { name: 'Accounts whose tokens it gives out' });
  await accounts.fill(`${NAMESPACE}/${ACCOUNT}`);
  await accounts.press('Enter');
}

/** Copies the command, which hides its code. */
async function copied(): Promise<string> {
  const { page } = ana;
  const panel = page.getByRole('region', { name: 'Run this there' });
  await panel.getByText('mayfly_enrol_').waitFor();
  await panel.getByRole('button', { name: 'Copy' }).click();
  await page.getByText('The code was copied and is not shown any more.').waitFor();
  return clipboard();
}

test('a gateway that runs the shown command is connected within five seconds, and offline once it stopped', async () => {
  const { page } = ana;
  await make('gw-lab');
  await ana.expectSound();
  await page.getByRole('button', { name: 'Create code' }).focus();
  await page.getByText('Fill in the fields above first.').first().waitFor({ state: 'attached' });
  await describe();
  await page.getByRole('button', { name: 'Create code' }).click();
  await page.getByRole('timer').waitFor();
  await ana.picture('gateway-enrol');
  const command = await copied();
  const code = /mayfly_enrol_\S+/.exec(command)?.[0] ?? '';
  expect(code.length).toBeGreaterThan(100);
  expect(await page.content()).not.toContain(code);
  await page.getByText('waiting for the gateway to come…').waitFor();
  await ana.expectSound();

  const running = await rig.run(command);
  await waitFor('the agent to be let in', async () => running.log().includes('the tunnel is open'));
  const wait = page.getByRole('region', { name: 'Waiting for it' });
  await wait.getByText('connected', { exact: true }).waitFor({ timeout: 5000 });
  await wait.getByText(inject('cluster').url).waitFor();
  await ana.expectSound();
  await ana.picture('gateway-connected');

  await wait.getByRole('link', { name: 'To its page' }).click();
  await page.getByRole('heading', { name: 'gw-lab', level: 1 }).waitFor();
  await page.getByText('healthy', { exact: true }).first().waitFor();
  const tunnels = page.getByRole('table', { name: 'Tunnels' });
  await tunnels.getByText(/^\d+ ms$/).waitFor();
  expect(await page.getByRole('table', { name: 'Instances' }).getByRole('row').count()).toBe(2);
  await page.getByText('None can be used.').waitFor();
  await ana.expectSound();
  await ana.picture('gateway-status');

  await page.getByRole('tab', { name: 'Policy' }).click();
  await page.getByText(`${NAMESPACE}/${ACCOUNT}`).waitFor();
  await page.getByText('It cannot be changed here, by anybody').waitFor();
  await page.getByText('From 1m to 1h').waitFor();
  await ana.expectSound();
  await ana.picture('gateway-policy');

  const second = await rig.run(command);
  await waitFor('the second one to be refused', async () => second.log().includes('was used already'));
  await page.getByRole('tab', { name: 'Activity' }).click();
  const refusal = page.getByRole('listitem').filter({ hasText: 'refuse-gateway-enrolment' });
  await refusal.getByText('was used already').waitFor();
  await ana.expectSound();
  await ana.picture('gateway-activity');

  await page.getByRole('tab', { name: 'Status' }).click();
  await running.stop();
  await page.getByText('offline', { exact: true }).first().waitFor({ timeout: 30_000 });
  const status = page.getByRole('region', { name: 'Status' });
  await status.getByText(/ago/).first().waitFor();
  await ana.expectSound();
  await ana.picture('gateway-offline');
  await page.goto('/gateways');
  const row = page.getByRole('row').filter({ hasText: 'gw-lab' });
  await row.getByText('offline', { exact: true }).waitFor();
  await row.getByText('0 / 0').waitFor();
  await ana.expectSound();
  await ana.picture('gateways');
});

test('what may keep a gateway away is said after a minute, and a refusal at once', async () => {
  const { page } = ana;
  await page.clock.install();
  await make('gw-late');
  await describe();
  const create = page.getByRole('button', { name: /^Create .*code$/ });
  await create.click();
  const spent = await copied();
  const first = await rig.run(spent);
  await page.getByText('connected', { exact: true }).waitFor();
  await first.stop();

  await create.click();
  await page.getByText('waiting for the gateway to come…').waitFor();
  const hints = page.getByRole('list', { name: 'What may keep it away' });
  expect(await hints.count()).toBe(0);
  const again = await rig.run(spent);
  await waitFor('it to be refused', async () => again.log().includes('was used already'));
  await page.getByText('An instance wanted to enrol and was refused:').waitFor();
  await page.clock.fastForward(61_000);
  await hints.waitFor();
  expect(await hints.getByRole('listitem').count()).toBe(4);
  await ana.expectSound();
  await ana.picture('gateway-hints');
});

test('who may not see gateways is told so, and who may only see them is refused a new one', async () => {
  const api = new URL(inject('api'));
  const admin = await asAna();
  await join(api, admin, 'gus@example.com', 'Gus', 'no-access');
  const gus = await Visitor.open(browser);
  await gus.signIn('gus@example.com');
  await gus.page.goto('/gateways');
  const panel = gus.page.getByRole('status').filter({ hasText: 'You may not see this' });
  await panel.getByText('gateways').waitFor();
  await gus.expectSound();
  await gus.picture('gateways-forbidden');
  await gus.close();

  const ben = await Visitor.open(browser);
  await ben.signIn('ben@example.com');
  await ben.page.goto('/gateways/new');
  await ben.page.getByLabel(/^Name/).fill('gw-ben');
  await ben.page.getByRole('button', { name: 'Create gateway' }).click();
  await ben.page.getByRole('alert').getByText('gateways').waitFor();
  await ben.expectSound();
  await ben.close();
});

test('a gateway is renamed, revoked by its typed name, and removed; a name is taken once', async () => {
  const { page } = ana;
  await make('gw-first');
  await page.goto('/gateways/new');
  await page.getByLabel(/^Name/).fill('gw-first');
  await page.getByRole('button', { name: 'Create gateway' }).click();
  await page.getByText(/gw-first.*taken|taken.*gw-first|exists/).waitFor();
  await ana.expectSound();

  await page.goto('/gateways');
  await page.getByRole('link', { name: 'gw-first' }).click();
  await page.getByText('never connected').first().waitFor();
  await page.getByRole('button', { name: 'Rename' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(/^Name/).fill('gw-second');
  await ana.expectSound();
  await dialog.getByRole('button', { name: 'Rename' }).click();
  await page.getByRole('heading', { name: 'gw-second', level: 1 }).waitFor();

  await page.getByRole('button', { name: 'Revoke' }).click();
  await dialog.getByText('This cannot be taken back').waitFor();
  await dialog.getByRole('button', { name: 'Revoke' }).focus();
  await page.keyboard.press('Enter');
  expect(await dialog.count()).toBe(1);
  await dialog.getByLabel('Type gw-second').fill('gw-second');
  await ana.expectSound();
  await ana.picture('gateway-revoke');
  await dialog.getByRole('button', { name: 'Revoke' }).click();
  await page.getByText('revoked', { exact: true }).first().waitFor();
  await page.getByText('nobody comes as this gateway again').waitFor();
  await ana.expectSound();
  await page.getByRole('link', { name: 'Enrol an instance' }).click();
  await page.getByRole('heading', { name: 'Nobody can enrol as this gateway' }).waitFor();
  await ana.expectSound();
  await page.goBack();

  await page.getByRole('button', { name: 'Remove' }).click();
  await dialog.getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('heading', { name: 'Gateways', level: 1 }).waitFor();
  await page.getByRole('link', { name: 'gw-second' }).waitFor({ state: 'detached' });
});

test('a gateway of a service account has no code, and keys that are none are told at their field', async () => {
  const { page } = ana;
  await page.goto('/gateways/new');
  await page.getByLabel(/^Name/).fill('gw-pods');
  await page.getByRole('radio', { name: 'Service account' }).check();
  await page.getByText('kubectl get --raw /openid/v1/jwks').waitFor();
  // Where a cluster publishes them, nothing is pasted, and a slip is told at its field too.
  await page.getByRole('radio', { name: 'The cluster publishes them' }).check();
  await page.getByText('kubectl get --raw /openid/v1/jwks').waitFor({ state: 'detached' });
  const [issuer, discovery] = [page.getByLabel(/^Issuer/), page.getByLabel(/^Discovery URL/)];
  expect(await issuer.inputValue(), 'those have one of their own').toBe('');
  await issuer.fill('https://127.0.0.1:9/nothing');
  await ana.expectSound();
  await ana.picture('gateway-new-published');
  await page.getByRole('button', { name: 'Create gateway' }).click();
  await discovery.and(page.locator('[aria-invalid="true"]')).waitFor();
  await page.getByText('could be read there').waitFor();
  await issuer.fill('');
  await page.getByRole('radio', { name: 'I paste them' }).check();
  await page.getByLabel(/^Public keys/).fill('no keys');
  await ana.expectSound();
  await ana.picture('gateway-new');
  await page.getByRole('button', { name: 'Create gateway' }).click();
  await page
    .getByLabel(/^Public keys/)
    .and(page.locator('[aria-invalid="true"]'))
    .waitFor();
  await ana.expectSound();
  await page.getByLabel(/^Public keys/).fill(kubectl(['get', '--raw', '/openid/v1/jwks']));
  await page.getByRole('button', { name: 'Create gateway' }).click();
  await page.getByText('There is no code').waitFor();
  await page.getByText('mayfly-gateway/mayfly-gateway').waitFor();
  await page.getByText('waiting for the gateway to come…').waitFor();
  expect(await page.getByRole('button', { name: 'Create code' }).count()).toBe(0);
  const accounts = page.getByRole('combobox', { name: 'Accounts whose tokens it gives out' });
  await accounts.fill(`${NAMESPACE}/${ACCOUNT}`);
  await accounts.press('Enter');
  const install = page.getByRole('region', { name: 'Install it there' });
  await install.getByText('helm install mayfly-gateway').waitFor();
  await ana.expectSound();
  await ana.picture('gateway-account');
  const copy = async (nth: number) => {
    await install.getByRole('button', { name: 'Copy' }).nth(nth).click();
    return clipboard();
  };
  const values = await copy(0);
  expect(values).toContain(`- { namespace: "${NAMESPACE}", name: "${ACCOUNT}" }`);
  await install.getByRole('tab', { name: 'kubectl' }).click();
  await install.getByText('kubectl apply -f -').waitFor();
  // What is shown is what the agent itself makes objects of.
  const command = (await copy(1)).replace(/\s*\\\n\s*\| kubectl apply -f -$/, '');
  const objects = await rig.print(command, { 'values.yaml': values });
  for (const part of ['kind: Deployment', 'name: mayfly-gateway', 'namespace: mayfly-gateway', ACCOUNT])
    expect(objects).toContain(part);

  // Its page says the same again.
  await page.getByRole('link', { name: 'gw-pods' }).click();
  const proof = page.getByRole('region', { name: 'How its instances prove themselves' });
  await proof.getByText('https://kubernetes.default.svc').waitFor();
  await proof.getByRole('button', { name: 'Copy' }).click();
  const text = await clipboard();
  expect(text).toMatch(/^mayfly_enrol_/);
  expect(values).toContain(text);
  const follows = proof.getByRole('switch', { name: 'Take new keys from the gateway' });
  expect(await follows.isChecked()).toBe(true);
  await follows.click();
  await expect.poll(() => follows.isChecked()).toBe(false);
  await page.reload();
  await expect.poll(() => follows.isChecked()).toBe(false);
  await follows.click();
  await expect.poll(() => follows.isChecked()).toBe(true);
  await ana.expectSound();
  await ana.picture('gateway-account-status');
});

test('a locked gateway says why, and is unlocked by somebody who looked into it', async () => {
  const { page } = ana;
  const { gateway } = await (await asAna()).ask('POST', '/api/v1/gateways', { name: 'gw-copied' });
  // What locks one takes half a day: a copy of its key that asks for a certificate of its own.
  let sent: unknown = null;
  await page.route(`**/api/v1/gateways/${gateway.id}`, async route => {
    if (route.request().method() === 'PATCH') {
      sent = route.request().postDataJSON();
      return route.continue();
    }
    const response = await route.fetch();
    const details = await response.json();
    if (sent === null)
      Object.assign(details.gateway, { state: 'locked', lockedBecause: 'two processes hold one key' });
    return route.fulfill({ response, json: details });
  });
  await page.goto(`/gateways/${gateway.id}`);
  await page.getByText('two processes hold one key').waitFor();
  await ana.expectSound();
  await ana.picture('gateway-locked');
  await page.getByRole('button', { name: 'Unlock' }).click();
  await page.getByRole('dialog').getByText('Whoever holds its key may come again.').waitFor();
  await ana.expectSound();
  await page.getByRole('dialog').getByRole('button', { name: 'Unlock' }).click();
  await page.getByText('never connected').first().waitFor();
  expect(sent).toEqual({ unlock: true });
  await ana.expectSound();
  await page.unrouteAll({ behavior: 'wait' });
});

test('a code that went astray is taken back, and nobody comes by it', async () => {
  const { page } = ana;
  const caller = await asAna();
  const { gateway } = await caller.ask('POST', '/api/v1/gateways', { name: 'gw-astray' });
  for (const uses of [1, 3]) await caller.ask('POST', `/api/v1/gateways/${gateway.id}/enrolments`, { uses });
  await page.goto(`/gateways/${gateway.id}`);
  const codes = page.getByRole('table', { name: 'Open codes' });
  const astray = codes.getByRole('row').filter({ has: page.getByRole('cell', { name: '3', exact: true }) });
  await ana.expectSound();
  await astray.getByRole('button', { name: 'Take back' }).click();
  await expect.poll(() => codes.getByRole('row').count()).toBe(2);
  await codes.getByRole('button', { name: 'Take back' }).click();
  await page.getByText('None can be used.').waitFor();
  await page.getByRole('tab', { name: 'Activity' }).click();
  await expect.poll(() => page.getByText('delete-gateway-token').count()).toBe(2);
});

test('tunnels to other servers name them, and versions that are not all one are told', async () => {
  const { page } = ana;
  const { gateway } = await (await asAna()).ask('POST', '/api/v1/gateways', { name: 'gw-two' });
  // There is one server here, and one version.
  const tunnel = {
    instance: 'pod-1',
    server: null,
    version: '9.0.0',
    health: 'good',
    roundTripMs: 7,
    running: 2,
    refused: 4,
    proxy: 'http://proxy.corp.example:3128',
    closedAtAgeSeconds: 90,
  };
  const elsewhere = {
    ...tunnel,
    instance: 'pod-2',
    server: 'server-b',
    roundTripMs: null,
    running: 0,
    refused: null,
    proxy: null,
  };
  let tunnels = [tunnel, elsewhere];
  await page.route(`**/api/v1/gateways/${gateway.id}`, async route => {
    const response = await route.fetch();
    const details = await response.json();
    Object.assign(details.gateway, {
      state: 'healthy',
      version: '9.0.0',
      connectedAt: gateway.createdAt,
      tunnels,
    });
    return route.fulfill({ response, json: details });
  });
  await page.goto(`/gateways/${gateway.id}`);
  const table = page.getByRole('table', { name: 'Tunnels' });
  const here = table.getByRole('row').filter({ hasText: 'pod-1' });
  await here.getByText('this one').waitFor();
  await here.getByText('7 ms').waitFor();
  const there = table.getByRole('row').filter({ hasText: 'server-b' });
  await there.getByText('open there').waitFor();
  const status = page.getByRole('region', { name: 'Status' });
  await status.getByText('This server has').waitFor();
  await status.getByText('http://proxy.corp.example:3128').waitFor();
  await status.getByText('After 90s: the gateway renews them before.').waitFor();
  await ana.expectSound();
  await ana.picture('gateway-two-servers');
  tunnels = [tunnel, { ...elsewhere, version: '9.1.0' }];
  await status.getByText('9.0.0, 9.1.0').waitFor();
  await ana.expectSound();
  await page.unrouteAll({ behavior: 'wait' });
});
