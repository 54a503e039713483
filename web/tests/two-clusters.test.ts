import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { ACCOUNT, NAMESPACE } from './harness/cluster.ts';
import { type Forwarder, startForwarder } from './harness/forwarder.ts';
import { fresh, limitedToken } from './harness/objects.ts';
import { asAna } from './harness/projects.ts';
import { connection, secret } from './harness/scene.ts';
import { ana, withAna } from './harness/visits.ts';

/** Two connections to accounts of equal names: the one may see and do everything, the other only make tokens. */
const [OPEN, SHUT, TWIN] = [fresh('open'), fresh('shut'), fresh('twin')];
const CANNOT_LIST = /Names cannot be listed/;

/** The id of the twin in Development. */
let inDev: string;
let way: Forwarder;
let open: string;
let shut: string;

withAna();

beforeAll(async () => {
  const caller = await asAna();
  const cluster = inject('cluster');
  way = await startForwarder(cluster.url);
  open = await connection(caller, OPEN, cluster);
  const maker = { apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] };
  shut = await connection(caller, SHUT, { ...cluster, url: way.url, token: limitedToken(SHUT, maker) });
  const account = { credentialType: 'static', namespace: NAMESPACE, serviceAccountName: ACCOUNT };
  for (const [environmentSlug, clusterConnectionId] of [
    ['dev', open],
    ['staging', shut],
  ] as const) {
    await secret(caller, TWIN, environmentSlug, { ...account, clusterConnectionId, revocable: false });
    const place = { projectSlug: 'web-shop', environmentSlug, dynamicSecretName: TWIN };
    const reason = `of-${environmentSlug}`;
    const { lease } = await caller.ask('POST', '/api/v1/dynamic-secrets/leases', {
      ...place,
      ttl: '20m',
      reason,
    });
    if (environmentSlug === 'dev') inDev = lease.dynamicSecretId;
  }
});
afterAll(async () => {
  await way.stop();
});

/** Holds real answers back until they are let go, so that they come after somebody has moved on. */
async function hold(page: Page, path: string): Promise<() => Promise<void>> {
  let letGo = () => {};
  const gate = new Promise<void>(resolve => {
    letGo = resolve;
  });
  const held: Promise<unknown>[] = [];
  await page.route(`**${path}`, async route => {
    const answer = route.fetch();
    held.push(answer);
    const response = await answer;
    await gate;
    // Whoever has moved on may have given the question up.
    await route.fulfill({ response }).catch(() => undefined);
  });
  return async () => {
    await Promise.all(held);
    letGo();
    await page.unroute(`**${path}`);
  };
}

/** Whether two things that exclude each other were on one page, be it for a moment, from now until it is asked. */
async function watch(page: Page, ...pairs: [string, string][]): Promise<() => Promise<boolean>> {
  await page.evaluate(excluding => {
    const look = () => {
      const shown = document.querySelector('main')?.textContent ?? '';
      const isMixed = excluding.some(pair => pair.every(words => shown.includes(words)));
      if (isMixed) document.body.dataset.mixed = shown;
    };
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
  }, pairs);
  return () => page.evaluate(() => document.body.dataset.mixed !== undefined);
}

async function choose(page: Page, cluster: string): Promise<void> {
  await page.getByRole('combobox', { name: 'Cluster', exact: true }).click();
  await page.getByRole('option', { name: new RegExp(`^${cluster} `) }).click();
}

/** As somebody in a hurry does it: by a few letters. */
async function jump(page: Page, letters: string, found: string): Promise<void> {
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Search or run a command' }).fill(letters);
  await page.getByRole('option').filter({ hasText: found, hasNotText: 'Generate' }).click();
}

test('names and rights of one cluster never stand under another that was chosen meanwhile', async () => {
  const { page } = ana;
  await page.goto('/p/web-shop/e/dev/new');
  await page.getByRole('combobox', { name: 'Namespace' }).fill(NAMESPACE);
  const account = page.getByRole('combobox', { name: 'Service Account Name' });

  const letNamesGo = await hold(page, `/cluster-connections/${open}/accounts*`);
  await choose(page, OPEN);
  await account.fill('depl');
  await choose(page, SHUT);
  await page.getByText(CANNOT_LIST).nth(1).waitFor();
  await letNamesGo();
  await account.fill('deplo');
  await page.getByText(CANNOT_LIST).nth(1).waitFor();
  expect(await page.getByRole('option').count()).toBe(0);
  await choose(page, OPEN);
  await account.fill('deploye');
  await page.getByRole('option', { name: ACCOUNT, exact: true }).click();
  expect(await page.getByText(CANNOT_LIST).count()).toBe(0);

  const notTested = page.getByText(/^Not tested since/);
  const letTestGo = await hold(page, `/cluster-connections/${open}/test`);
  await page.getByRole('button', { name: 'Test now' }).click();
  await notTested.waitFor({ state: 'detached' });
  await choose(page, SHUT);
  await letTestGo();
  await notTested.waitFor();
  await page.getByRole('button', { name: 'Test now' }).click();
  await page.getByText(new RegExp(`Checked .* as system:serviceaccount:${NAMESPACE}:${SHUT}`)).waitFor();
  await ana.expectSound();
  await choose(page, OPEN);
  await notTested.waitFor();
  expect(await page.getByText(/^Checked/).count()).toBe(0);
});

test('what was looked at in one cluster is gone from the page of the next, even by going back', async () => {
  const { page } = ana;
  await page.goto(`/clusters/${open}?tab=objects`);
  await page.getByRole('heading', { name: OPEN }).waitFor();
  await jump(page, SHUT, SHUT);
  await page.getByRole('heading', { name: SHUT }).waitFor();
  await page.getByRole('tab', { name: 'Objects' }).click();
  await page.getByRole('button', { name: 'Look now' }).click();
  await page.getByText('With the label').waitFor();
  await page.evaluate(() => history.go(-2));
  await page.getByRole('heading', { name: OPEN }).waitFor();
  await page.getByText(/^Looking compares/).waitFor();
  expect(await page.getByText('With the label').count()).toBe(0);
  await ana.expectSound();
});

test('leases and permissions are of the dynamic secret that is on the page, however quickly it was changed', async () => {
  const { page } = ana;
  const held = [
    await hold(page, `/api/v1/leases?*dynamicSecretId=${inDev}*`),
    await hold(page, `/api/v1/cluster-connections/${open}/preview*`),
  ];
  await page.goto(`/p/web-shop/e/staging/s/${TWIN}`);
  await page.getByRole('row').filter({ hasText: 'of-staging' }).waitFor();
  const isMixed = await watch(page, ['Development', 'of-staging'], ['Staging', 'of-dev']);
  await jump(page, `${TWIN} dev`, `${TWIN} · Development`);
  await jump(page, `${TWIN} stag`, `${TWIN} · Staging`);
  for (const letGo of held) await letGo();
  await page.getByRole('row').filter({ hasText: 'of-staging' }).waitFor();
  await page.getByRole('tab', { name: 'Permissions' }).click();
  await page.getByText(/Not everything was read; missing:/).waitFor();
  await ana.expectSound();
  await jump(page, `${TWIN} dev`, `${TWIN} · Development`);
  await page.getByRole('row').filter({ hasText: 'of-dev' }).waitFor();
  expect(await page.getByRole('row').filter({ hasText: 'of-staging' }).count()).toBe(0);
  await page.getByRole('tab', { name: 'Permissions' }).click();
  await page.getByText('From roles and bindings; other authorizers of the cluster are not seen.').waitFor();
  expect(await page.getByText(/Not everything was read/).count()).toBe(0);
  expect(await isMixed()).toBe(false);
});
