import { beforeAll, expect, inject, test } from 'vitest';
import { ACCOUNT, kubectl, NAMESPACE } from './harness/cluster.ts';
import type { Person } from './harness/people.ts';
import { asAna } from './harness/projects.ts';
import { secret } from './harness/scene.ts';
import { ana, withAna } from './harness/visits.ts';

const PLACE = { projectSlug: 'one-secret', environmentSlug: 'dev', path: '/' };
const PAGE = '/p/one-secret/e/dev/s/page-bot';

let caller: Person;

withAna();

beforeAll(async () => {
  caller = await asAna();
  const project = { projectName: 'One secret', slug: 'one-secret', shouldCreateDefaultEnvs: true };
  await caller.ask('POST', '/api/v1/projects', project);
  const { url, ca, token } = inject('cluster');
  const own = { url, ca, clusterToken: token, namespace: NAMESPACE };
  const existing = { credentialType: 'static', serviceAccountName: ACCOUNT, revocable: false, ...own };
  await secret(caller, 'page-bot', 'dev', existing, 'one-secret');
  const temporary = { credentialType: 'dynamic', roleType: 'role', role: 'reader', ...own };
  await secret(caller, 'gone-bot', 'dev', temporary, 'one-secret');
  for (const reason of ['first', 'second', 'closed']) await issue('page-bot', reason);
});

async function issue(dynamicSecretName: string, reason: string): Promise<string> {
  const wish = { ...PLACE, dynamicSecretName, reason, ttl: '30m' };
  return (await caller.ask('POST', '/api/v1/dynamic-secrets/leases', wish)).lease.id;
}

const row = (reason: string) => ana.page.getByRole('row').filter({ hasText: reason });

test('its leases are filtered, counted on the tab, and walked through beside the list by the keyboard', async () => {
  const { page } = ana;
  const { leases } = await caller.ask('GET', '/api/v1/leases?projectSlug=one-secret&q=closed');
  await caller.ask('DELETE', `/api/v1/dynamic-secrets/leases/${leases[0].id}`, PLACE);
  await page.goto(PAGE);
  await page.getByRole('tab', { name: 'Leases 2' }).waitFor();
  await page.getByText('3 leases', { exact: true }).waitFor();
  await row('closed').getByText('Ended early, token still valid').waitFor();
  await ana.expectSound();
  await page.getByRole('combobox', { name: 'Status' }).click();
  await page.getByRole('option', { name: 'Active', exact: true }).click();
  await row('closed').waitFor({ state: 'detached' });
  await row('second')
    .getByRole('link', { name: /^Lease of/ })
    .click();
  const drawer = page.getByRole('dialog');
  await drawer.getByText('second').first().waitFor();
  await drawer.getByText('Lifetime asked for').waitFor();
  await ana.expectSound();
  await page.keyboard.press(']');
  await drawer.getByText('first').first().waitFor();
  await page.keyboard.press('[');
  await drawer.getByText('second').first().waitFor();
  expect(new URL(page.url()).pathname).toMatch(/^\/leases\//);
});

test('Alt with a digit chooses a tab, each at an address of its own', async () => {
  const { page } = ana;
  await page.goto(PAGE);
  await page.getByRole('tab', { name: /^Leases/ }).waitFor();
  for (const [digit, name, tab] of [
    [2, 'Configuration', 'configuration'],
    [3, 'Permissions', 'permissions'],
    [5, 'Use it', 'use'],
    [1, /^Leases/, 'leases'],
  ] as const) {
    await page.keyboard.press(`Alt+${digit}`);
    await page.getByRole('tab', { name, selected: true }).waitFor();
    await page.waitForURL(url => url.searchParams.get('tab') === tab);
  }
});

test('a lease is replaced by a new one, and what became of the one before is told', async () => {
  const { page } = ana;
  const id = await issue('gone-bot', 'to-be-replaced');
  await page.goto(`/leases/${id}?project=one-secret`);
  await page.getByRole('link', { name: 'Issue a replacement' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('This ends once the new lease is issued:').waitFor();
  expect(await dialog.getByLabel('Reason').inputValue()).toBe('to-be-replaced');
  await ana.expectSound();
  await dialog.getByRole('button', { name: 'Submit' }).click();
  await page.getByText('The lease before:').waitFor();
  await ana.expectSound();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Leave without it' }).click();
  const { lease } = await caller.ask('GET', `/api/v1/leases/${id}?projectSlug=one-secret`);
  expect(['ending', 'ended']).toContain(lease.state);
});

test('after its end a lease names what was made for it and each try to remove that', async () => {
  const { page } = ana;
  const id = await issue('gone-bot', 'tells-its-course');
  await caller.ask('DELETE', `/api/v1/dynamic-secrets/leases/${id}`, PLACE);
  await page.goto(`/leases/${id}?project=one-secret`);
  await page.getByText('1 try to remove it').waitFor();
  await page.getByText(/^ServiceAccount web-tests\//).waitFor();
  await page.getByText(/^RoleBinding web-tests\//).waitFor();
  await ana.expectSound();
});

test('deleting it names the live leases whose fate has to be chosen', async () => {
  const { page } = ana;
  await page.goto(`${PAGE}?tab=configuration`);
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByRole('dialog').getByText('ana@example.com · second').waitFor();
  await page.getByRole('dialog').getByText('ana@example.com · first').waitFor();
  await ana.expectSound();
});

test('a clean-up that fails shows the objects left with commands, and can be given up by a named person', async () => {
  const { page } = ana;
  const issuer = `lost-${Date.now().toString(36)}`;
  const binding = `${NAMESPACE}-${issuer}`;
  kubectl(['--namespace', NAMESPACE, 'create', 'serviceaccount', issuer]);
  const subject = `--serviceaccount=${NAMESPACE}:${issuer}`;
  kubectl(['create', 'clusterrolebinding', binding, '--clusterrole=cluster-admin', subject]);
  const clusterToken = kubectl(['--namespace', NAMESPACE, 'create', 'token', issuer]).trim();
  const { url, ca } = inject('cluster');
  const inputs = { credentialType: 'dynamic', roleType: 'role', role: 'reader', namespace: NAMESPACE };
  await secret(caller, 'lost-bot', 'dev', { ...inputs, url, ca, clusterToken }, 'one-secret');
  const id = await issue('lost-bot', 'lost');
  kubectl(['delete', 'clusterrolebinding', binding]);
  await caller.ask('DELETE', `/api/v1/dynamic-secrets/leases/${id}`, PLACE);
  await page.goto(`/leases/${id}?project=one-secret`);
  await page.getByText(/--namespace web-tests delete serviceaccount /).waitFor();
  await ana.expectSound();
  await page.getByRole('button', { name: 'Stop tracking' }).click();
  const dialog = page.getByRole('dialog');
  const act = dialog.getByRole('button', { name: 'Stop tracking' });
  expect(await act.getAttribute('aria-disabled')).toBe('true');
  const { lease } = await caller.ask('GET', `/api/v1/leases/${id}?projectSlug=one-secret`);
  await dialog.getByLabel(/^Type /).fill(lease.serviceAccountName);
  await dialog.getByLabel('Reason').fill('the issuer is gone');
  await ana.expectSound();
  await act.click();
  await page.getByText('Forgotten').first().waitFor();
  await ana.expectSound();
});

test('its activity tells what happened to it and to its leases, by what is looked for', async () => {
  const { page } = ana;
  await page.goto(`${PAGE}?tab=activity`);
  await page.getByRole('link', { name: 'create-dynamic-secret', exact: true }).waitFor();
  await page.getByRole('link', { name: 'create-dynamic-secret-lease' }).first().waitFor();
  await ana.expectSound();
  await page.getByRole('combobox', { name: 'Event' }).click();
  await page.getByRole('option', { name: 'Configuration' }).click();
  await page
    .getByRole('link', { name: 'create-dynamic-secret-lease' })
    .first()
    .waitFor({ state: 'detached' });
  await page.getByRole('link', { name: 'create-dynamic-secret', exact: true }).waitFor();
});

test('its configuration says since when and by whom its token is set, and leads to a copy', async () => {
  const { page } = ana;
  await page.goto(`${PAGE}?tab=configuration`);
  await page.getByText('Set, and not shown').waitFor();
  await page.getByText('ana@example.com').last().waitFor();
  await ana.expectSound();
  const copy = await page.getByRole('link', { name: 'Duplicate' }).getAttribute('href');
  expect(copy).toBe('/p/one-secret/e/dev/new?from=page-bot');
});
