import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { launch, Visitor } from './harness/browser.ts';
import { NAMESPACE } from './harness/cluster.ts';
import { whoIs } from './harness/objects.ts';
import { Person } from './harness/people.ts';
import { waitFor } from './harness/waiting.ts';

let browser: Browser;
let ana: Visitor;
let caller: Person;

beforeAll(async () => {
  browser = await launch();
  caller = await new Person(new URL(inject('api')), 'ana@example.com', 'a calm river of tests').signIn();
});
afterAll(() => browser.close());
beforeEach(async () => {
  ana = await Visitor.open(browser);
  await ana.signIn('ana@example.com');
});
afterEach(async () => {
  expect(ana.faults).toEqual([]);
  await ana.close();
});

async function issue(
  name: string,
  environmentSlug: string,
  reason: string,
): Promise<{ token: string; id: string }> {
  const wish = { dynamicSecretName: name, projectSlug: 'web-shop', environmentSlug, ttl: '10m', reason };
  const { data, lease } = await caller.ask('POST', '/api/v1/dynamic-secrets/leases', wish);
  return { token: data.TOKEN, id: lease.id };
}

test('deleting a lease of an existing account says until when its token lives, and it does live', async () => {
  const { page } = ana;
  const { token } = await issue('deploy-bot', 'dev', 'static-end');
  await page.goto('/p/web-shop/e/dev/s/deploy-bot');
  const row = page.getByRole('row').filter({ hasText: 'static-end' });
  await row.getByRole('button', { name: /^Delete lease/ }).click();
  await page.getByText(/Nobody can take this token back: Kubernetes accepts it until/).waitFor();
  await ana.expectSound();
  await ana.picture('delete-static');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete lease', exact: true }).click();
  await page.getByText(/Kubernetes will accept this token until/).waitFor();
  await row.getByText('Ended early, token still valid').waitFor();
  await ana.expectSound();
  await ana.picture('deleted-static');
  expect(whoIs(token)).toBe(`system:serviceaccount:${NAMESPACE}:deployer`);
});

test('deleting a lease of a temporary account is called revoked only when the account is gone', async () => {
  const { page } = ana;
  const { token } = await issue('read-logs', 'dev', 'dynamic-end');
  await page.goto('/p/web-shop/e/dev/s/read-logs');
  const row = page.getByRole('row').filter({ hasText: 'dynamic-end' });
  await row.getByRole('button', { name: /^Delete lease/ }).click();
  await ana.expectSound();
  await ana.picture('delete-dynamic');
  await page.getByRole('button', { name: 'Delete lease and revoke token' }).click();
  await row.getByText('Revoked', { exact: true }).waitFor();
  await ana.picture('deleted-dynamic');
  await waitFor('the cluster to refuse the token', async () => whoIs(token) === 'nobody');
});

test('another person sees a new lease without a reload', async () => {
  const { page } = ana;
  await page.goto('/leases?project=web-shop');
  await page.getByRole('heading', { name: 'Leases' }).waitFor();
  await issue('deploy-bot', 'dev', 'seen-by-others');
  await page.getByRole('row').filter({ hasText: 'seen-by-others' }).waitFor();
  await page.getByRole('link', { name: 'deploy-bot · dev' }).first().click();
  await page.getByRole('heading', { name: 'deploy-bot' }).waitFor();
});

test('a lifetime outside the bounds is told apart at the field, and nothing is sent', async () => {
  const { page } = ana;
  const sent: string[] = [];
  page.on('request', request => {
    if (request.method() === 'POST' && request.url().endsWith('/leases')) sent.push(request.url());
  });
  await page.goto('/p/web-shop/e/dev/s/deploy-bot?generate=1&ttl=3h');
  const ttl = page.getByRole('dialog').getByLabel('TTL');
  await page.getByText('Longer than 2h').waitFor();
  for (const [text, fault] of [
    ['0m', 'A lease of no time is none.'],
    ['abc', 'Not a lifetime'],
    ['5m', 'Shorter than 10m'],
    ['', 'Say for how long.'],
  ] as const) {
    await ttl.fill(text);
    await page.getByText(fault).waitFor();
    await page.getByRole('button', { name: 'Submit' }).click();
  }
  await ana.expectSound();
  await ana.picture('ttl-faults');
  expect(sent).toEqual([]);
});
