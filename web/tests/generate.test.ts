import { beforeAll, beforeEach, expect, inject, test } from 'vitest';
import type { Person } from './harness/people.ts';
import { asAna } from './harness/projects.ts';
import { makeProject, ofDeployer, secret } from './harness/scene.ts';
import { ana, withAna } from './harness/visits.ts';

const PROJECT = 'reasons';
const ISSUE = '/api/v1/dynamic-secrets/leases';

let caller: Person;
/** Requests for tokens that the page has sent. */
let sent: string[];

withAna();

beforeAll(async () => {
  caller = await asAna();
  const { id, environments } = await makeProject(caller, 'Reasons', PROJECT);
  const prod = environments.find(({ slug }) => slug === 'prod');
  const policy = { requiresReason: true };
  await caller.ask('PATCH', `/api/v1/projects/${id}/environments/${prod?.id}/policy`, policy);
  await secret(caller, 'why-bot', 'prod', ofDeployer(inject('cluster')), PROJECT);
});
beforeEach(() => {
  sent = [];
  ana.page.on('request', request => {
    if (request.method() === 'POST' && new URL(request.url()).pathname === ISSUE) sent.push(request.url());
  });
});

/** The time of day that is shown, in milliseconds since midnight. */
function clock(text: string | null): number {
  const [, hours = '', minutes = '', seconds = '', half] =
    /(\d+):(\d\d):(\d\d)\s*([AP]M)?/.exec(text ?? '') ?? [];
  const since = half === undefined ? Number(hours) : (Number(hours) % 12) + (half === 'PM' ? 12 : 0);
  return ((since * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}

const DAY = 86_400_000;

test('the dialog begins with the secret’s own default, and says when that ends', async () => {
  const { page } = ana;
  await page.goto('/p/web-shop/e/dev/s/deploy-bot');
  await page.getByRole('button', { name: 'Generate' }).click();
  const dialog = page.getByRole('dialog');
  expect(await dialog.getByLabel('TTL').inputValue()).toBe('30m');
  expect(await dialog.getByRole('button', { pressed: true }).allTextContents()).toEqual(['30m']);
  const end = clock(await dialog.getByText(/^ends /).textContent());
  const now = await page.evaluate(() => Date.now() - new Date().setHours(0, 0, 0, 0));
  const ahead = (end - now + DAY) % DAY;
  expect(Math.abs(ahead - 30 * 60_000)).toBeLessThan(10_000);
  await ana.expectSound();
});

test('a link prefills the dialog, and nothing is asked for until somebody submits', async () => {
  const { page } = ana;
  await page.goto('/p/web-shop/e/dev/s/deploy-bot?generate=1&ttl=45m&reason=by+a+link');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Reason').waitFor();
  expect(await dialog.getByLabel('TTL').inputValue()).toBe('45m');
  expect(await dialog.getByLabel('Reason').inputValue()).toBe('by a link');
  await ana.expectSound();
  expect(sent).toEqual([]);
  await dialog.getByRole('button', { name: 'Submit' }).click();
  await page.getByText('Shown once.').waitFor();
  expect(sent).toHaveLength(1);
  expect(new URL(page.url()).search).toBe('');
  await page.reload();
  await page.getByRole('row').filter({ hasText: 'by a link' }).waitFor();
  expect(sent).toHaveLength(1);
});

test('a cluster that grants less than was asked for is told of, and the token’s own end is counted to', async () => {
  const { page } = ana;
  await page.route(`**${ISSUE}`, async route => {
    const answer = await route.fetch();
    const told = await answer.json();
    const end = new Date(Date.parse(told.lease.createdAt) + 600_000).toISOString();
    Object.assign(told.lease, { expireAt: end, tokenExpiresAt: end });
    await route.fulfill({ response: answer, json: told });
  });
  await page.goto('/p/web-shop/e/dev/s/deploy-bot?generate=1&ttl=30m');
  await page.getByRole('dialog').getByRole('button', { name: 'Submit' }).click();
  await page.getByText('Asked for 30m, the cluster granted 10m. The lease ends with the token.').waitFor();
  const left = clock(`0:${await page.getByRole('dialog').getByRole('timer').textContent()}`);
  // The clocks of the page and of the test are each known to a second.
  expect(left).toBeLessThanOrEqual(602_000);
  expect(left).toBeGreaterThan(580_000);
  await ana.expectSound();
  await ana.picture('granted-less');
});

test('what is granted in full is said to be, with both lifetimes', async () => {
  const { page } = ana;
  await page.goto('/p/web-shop/e/dev/s/deploy-bot?generate=1&ttl=30m');
  await page.getByRole('dialog').getByRole('button', { name: 'Submit' }).click();
  await page.getByText('Shown once.').waitFor();
  await page.getByText('Asked for 30m, and the cluster granted that.').waitFor();
  expect(await page.getByText('The lease ends with the token.').count()).toBe(0);
});

test('where a reason is required it is asked for, and later stands at the lease and in the audit log', async () => {
  const { page } = ana;
  await page.goto(`/p/${PROJECT}/e/prod/s/why-bot?generate=1`);
  const dialog = page.getByRole('dialog');
  await dialog.getByText('*').waitFor();
  await dialog.getByRole('button', { name: 'Submit' }).click();
  const reason = dialog.getByLabel(/^Reason/);
  await dialog.getByText('This environment asks for a reason.').waitFor();
  expect(await reason.getAttribute('aria-invalid')).toBe('true');
  expect(sent).toEqual([]);
  await ana.expectSound();
  await ana.picture('reason-missing');
  await reason.fill('INC-4411 pods crash');
  await dialog.getByRole('button', { name: 'Submit' }).click();
  await page.getByText('Shown once.').waitFor();
  await page.getByRole('button', { name: 'Copy token' }).click();
  await page.getByText('Copied', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Done' }).click();
  const row = page.getByRole('row').filter({ hasText: 'INC-4411 pods crash' });
  await row.getByRole('link', { name: /^Lease of/ }).click();
  await page.getByRole('heading', { name: 'Lease', exact: true }).waitFor();
  await page.getByRole('dialog').getByText('INC-4411 pods crash').waitFor();
  await page.getByRole('link', { name: 'Events of this lease' }).click();
  const issued = page.getByRole('row').filter({ hasText: 'create-dynamic-secret-lease' });
  await issued.getByText('INC-4411 pods crash').waitFor();
  await ana.expectSound();
});
