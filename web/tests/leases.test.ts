import { beforeAll, expect, inject, test } from 'vitest';
import { kubectl, NAMESPACE } from './harness/cluster.ts';
import { statusOf, whoIs } from './harness/objects.ts';
import type { Person } from './harness/people.ts';
import { asAna } from './harness/projects.ts';
import { ana, withAna } from './harness/visits.ts';
import { waitFor } from './harness/waiting.ts';

let caller: Person;

withAna();

beforeAll(async () => {
  caller = await asAna();
});

/** As the page writes it, in the zone that the browser is in, too. */
const clock = (at: string) => new Intl.DateTimeFormat('en-US', { timeStyle: 'medium' }).format(new Date(at));

/** The dialog says "within seconds": an API server remembers accepted tokens for ten. */
const SECONDS = 12;
const ACCOUNTS = ['--namespace', NAMESPACE] as const;

/** Keeps an account where it is although it is deleted, as a controller of somebody else's would. */
function hold(account: string, finalizers: string[]): void {
  const patch = JSON.stringify({ metadata: { finalizers } });
  kubectl([...ACCOUNTS, 'patch', 'serviceaccount', account, '--type', 'merge', '--patch', patch]);
}

async function issue(
  name: string,
  environmentSlug: string,
  reason: string,
): Promise<{ token: string; account: string; until: string }> {
  const wish = { dynamicSecretName: name, projectSlug: 'web-shop', environmentSlug, ttl: '10m', reason };
  const { data, lease } = await caller.ask('POST', '/api/v1/dynamic-secrets/leases', wish);
  return { token: data.TOKEN, account: lease.serviceAccountName, until: clock(lease.tokenExpiresAt) };
}

test('deleting a lease of an existing account says until when its token lives, and it does live', async () => {
  const { page } = ana;
  const { token, until } = await issue('deploy-bot', 'dev', 'static-end');
  await page.goto('/p/web-shop/e/dev/s/deploy-bot');
  const row = page.getByRole('row').filter({ hasText: 'static-end' });
  await row.getByRole('button', { name: /^Delete lease/ }).click();
  await page.getByText(`Nobody can take this token back: Kubernetes accepts it until ${until}`).waitFor();
  await ana.expectSound();
  await ana.picture('delete-static');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete lease', exact: true }).click();
  await page.getByText(`Kubernetes will accept this token until ${until}.`).waitFor();
  await row.getByText('Ended early, token still valid').waitFor();
  await row.getByText(`until ${until}`).waitFor();
  await ana.expectSound();
  await ana.picture('deleted-static');
  expect(whoIs(token)).toBe(`system:serviceaccount:${NAMESPACE}:deployer`);
});

test('deleting a lease of a temporary account is called revoked only when the account is gone', {
  timeout: 180_000,
}, async () => {
  const { page } = ana;
  const { token, account } = await issue('read-logs', 'dev', 'dynamic-end');
  // Known, and without the right: that is another answer than to a token that is dead.
  expect(await statusOf(token, inject('cluster'))).toBe(403);
  hold(account, ['example.com/not-yet']);
  await page.goto('/p/web-shop/e/dev/s/read-logs');
  const row = page.getByRole('row').filter({ hasText: 'dynamic-end' });
  const revoked = row.getByText('Revoked', { exact: true });
  await row.getByRole('button', { name: /^Delete lease/ }).click();
  await ana.expectSound();
  await ana.picture('delete-dynamic');
  await page.getByRole('button', { name: 'Delete lease and revoke token' }).click();
  await page.getByText('Not revoked yet').waitFor({ timeout: 40_000 });
  await row.getByText(/^(Revoking…|Clean-up failing)$/).waitFor();
  expect(await revoked.count()).toBe(0);
  expect(kubectl([...ACCOUNTS, 'get', 'serviceaccount', account, '--output', 'name'])).toContain(account);
  await ana.expectSound();
  hold(account, []);
  await revoked.waitFor({ timeout: 120_000 });
  await ana.picture('deleted-dynamic');
  expect(() => kubectl([...ACCOUNTS, 'get', 'serviceaccount', account])).toThrow(/NotFound/);
  await waitFor('401', async () => (await statusOf(token, inject('cluster'))) === 401, SECONDS);
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
