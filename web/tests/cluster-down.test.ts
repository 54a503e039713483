import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { NAMESPACE } from './harness/cluster.ts';
import { type Forwarder, startForwarder } from './harness/forwarder.ts';
import { bindingsOf, fresh, whoIs } from './harness/objects.ts';
import type { Person } from './harness/people.ts';
import { asAna } from './harness/projects.ts';
import { connection, secret } from './harness/scene.ts';
import { ana, withAna } from './harness/visits.ts';
import { waitFor } from './harness/waiting.ts';

const NAME = fresh('far-reader');

let caller: Person;
let way: Forwarder;

withAna();

beforeAll(async () => {
  caller = await asAna();
  way = await startForwarder(inject('cluster').url);
  const clusterConnectionId = await connection(caller, NAME, { ...inject('cluster'), url: way.url });
  const role = { credentialType: 'dynamic', namespace: NAMESPACE, roleType: 'role', role: 'reader' };
  await secret(caller, NAME, 'dev', { ...role, clusterConnectionId });
});
afterAll(async () => {
  await way.stop();
});

test('while the API server is away no success is shown but tries and the next one, and once it is back the rest happens by itself', {
  timeout: 180_000,
}, async () => {
  const { page } = ana;
  const wish = { projectSlug: 'web-shop', environmentSlug: 'dev', dynamicSecretName: NAME, ttl: '30m' };
  const { data, lease } = await caller.ask('POST', '/api/v1/dynamic-secrets/leases', {
    ...wish,
    reason: 'cut-off',
  });
  const account = `system:serviceaccount:${NAMESPACE}:${lease.serviceAccountName}`;
  await page.goto(`/p/web-shop/e/dev/s/${NAME}`);
  const row = page.getByRole('row').filter({ hasText: 'cut-off' });
  const revoked = page.getByText('Revoked', { exact: true }).first();

  await way.stop();
  await row.getByRole('button', { name: /^Delete lease/ }).click();
  await page.getByRole('button', { name: 'Delete lease and revoke token' }).click();
  await page.getByText('Not revoked yet').waitFor({ timeout: 40_000 });
  await page.getByText(/Retrying; next try .+ The token ends by itself at/).waitFor();
  await row.getByText('Clean-up failing').waitFor();
  await row.getByText(/\d+ (try|tries) so far, next try in /).waitFor();
  await ana.expectSound();
  await ana.picture('cluster-down');
  expect(await revoked.count()).toBe(0);
  expect(whoIs(data.TOKEN)).toBe(account);
  await row.getByRole('link', { name: /^Lease of/ }).click();
  await page.getByText('Being removed since').waitFor();
  await page
    .getByRole('main')
    .getByText(/([2-9]|\d\d) tries so far, next try in /)
    .waitFor({ timeout: 60_000 });
  await ana.expectSound();
  await ana.picture('cluster-down-lease');
  expect(await revoked.count()).toBe(0);

  await way.start();
  await revoked.waitFor({ timeout: 120_000 });
  const tries = page.getByRole('table', { name: 'Tries to remove it' });
  await tries.getByText('Done', { exact: true }).waitFor();
  await waitFor('the cluster to refuse the token', async () => whoIs(data.TOKEN) === 'nobody');
  expect(bindingsOf(lease.serviceAccountName)).toEqual([]);
  await ana.expectSound();
});
