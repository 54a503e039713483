import type { Page } from 'playwright-core';
import { beforeAll, expect, inject, test } from 'vitest';
import { ACCOUNT, kubectl, NAMESPACE } from '../harness/cluster.ts';
import { added, apply, contents, fresh, limitedToken, type Rule, role } from '../harness/objects.ts';
import type { Person } from '../harness/people.ts';
import { asAna } from '../harness/projects.ts';
import { connection } from '../harness/scene.ts';
import { ana, withAna } from '../harness/visits.ts';

const API = 'rbac.authorization.k8s.io';

let caller: Person;

withAna();

beforeAll(async () => {
  caller = await asAna();
});

const rule = (group: string, resource: string, ...verbs: string[]): Rule => ({
  apiGroups: [group],
  resources: [resource],
  verbs,
});

/** A connection whose credential may do only this, chosen in the form. */
async function choose(page: Page, name: string, ...rules: Rule[]): Promise<void> {
  const token = limitedToken(name, ...rules);
  await connection(caller, name, { ...inject('cluster'), token });
  await page.goto('/p/web-shop/e/dev/new');
  await page.getByRole('combobox', { name: 'Cluster', exact: true }).click();
  await page.getByRole('option', { name: new RegExp(`^${name} `) }).click();
  await page.getByRole('combobox', { name: 'Namespace' }).fill(NAMESPACE);
}

/** Every right that the table says is needed and missing. */
async function missing(page: Page): Promise<string[]> {
  const rows = page.getByRole('table', { name: 'Rights of the connection' }).getByRole('row');
  const lacking = rows.filter({ has: page.getByText('missing', { exact: true }) });
  const needed = lacking.filter({ has: page.getByRole('cell', { name: 'yes', exact: true }) });
  return Promise.all(
    (await needed.all()).map(async row =>
      [await row.getByRole('cell').nth(1).innerText(), await row.getByRole('cell').nth(2).innerText()].join(
        ' on ',
      ),
    ),
  );
}

/** Its names come from its rules: what a run that broke off left behind goes first. */
function applyAnew(manifest: string): void {
  kubectl(['delete', '--ignore-not-found', '--filename', '-'], manifest);
  kubectl(['apply', '--filename', '-'], manifest);
}

/** The manifest as somebody takes it away: through the clipboard. */
async function copyManifest(page: Page): Promise<string> {
  await page
    .getByRole('figure')
    .filter({ hasText: 'What gives the missing rights' })
    .getByRole('button', { name: 'Copy' })
    .click();
  return page.evaluate(() => navigator.clipboard.readText());
}

test('one missing right is named exactly, its copied manifest turns the check green by itself, and no object stays', async () => {
  const { page } = ana;
  const name = fresh('tokenless');
  // All that leases take which can be taken back, but for making the token.
  await choose(
    page,
    name,
    rule('', 'secrets', 'create', 'delete'),
    rule('', 'serviceaccounts', 'get', 'list'),
  );
  await page.getByRole('combobox', { name: 'Service Account Name' }).fill(ACCOUNT);
  await page.getByRole('combobox', { name: 'Tokens can be taken back' }).click();
  await page.getByRole('option', { name: 'Yes' }).click();
  const before = contents();

  await page.getByRole('button', { name: 'Test now' }).click();
  await page.getByText(/lacks the right .create. on .serviceaccounts\/token./).waitFor();
  expect(await missing(page)).toEqual([`create serviceaccounts/token on ${NAMESPACE}/${ACCOUNT}`]);
  await page.getByText(/Tested again every 5 seconds until/).waitFor();
  await ana.expectSound();
  await ana.picture('test-watching');
  expect(added(before)).toEqual([]);

  const manifest = await copyManifest(page);
  applyAnew(manifest);
  await page.getByText('The connection works.').waitFor({ timeout: 20_000 });
  expect(await missing(page)).toEqual([]);
  expect(await page.getByText(/Tested again every/).count()).toBe(0);
  await ana.expectSound();

  // The same look does see what is made: the manifest's own objects.
  expect(
    added(before)
      .map(object => object.split('/')[0])
      .sort(),
  ).toEqual(['Role', 'RoleBinding']);
  kubectl(['delete', '--filename', '-'], manifest);
  expect(added(before)).toEqual([]);
});

test('of a role that the connection does not hold the missing rules are listed, and the offered right to bind it mends that', async () => {
  const { page } = ana;
  const name = fresh('giver');
  const given = fresh('reading-pods');
  apply(role(given, rule('', 'pods', 'get', 'list'), rule('apps', 'deployments', 'patch')));
  await choose(
    page,
    name,
    rule('', 'serviceaccounts', 'create', 'delete', 'get', 'list'),
    rule('', 'serviceaccounts/token', 'create'),
    rule(API, 'rolebindings', 'create', 'delete', 'get', 'list'),
    rule(API, 'roles', 'get', 'list'),
  );
  await page.getByLabel('Dynamic', { exact: true }).check();
  await page.getByRole('combobox', { name: 'Role', exact: true }).fill(given);
  const before = contents();

  await page.getByRole('button', { name: 'Test now' }).click();
  await page.getByText('The connection may not give that role away.').waitFor();
  const refused = page.getByRole('list', { name: 'What could not be made' });
  await refused.getByText('The role allows what the connection does not hold itself:').waitFor();
  expect(await refused.getByRole('listitem').getByRole('listitem').allInnerTexts()).toEqual([
    'get, list pods',
    'patch deployments (apps)',
  ]);
  await refused.getByText('Cluster said').click();
  await refused.getByText(/is attempting to grant RBAC permissions not currently held/).waitFor();
  await ana.expectSound();
  await ana.picture('test-escalation');

  const manifest = await copyManifest(page);
  const rules = JSON.parse(manifest).items.flatMap((item: { rules?: Rule[] }) => item.rules ?? []);
  expect(rules).toEqual([{ ...rule(API, 'roles', 'bind'), resourceNames: [given] }]);
  applyAnew(manifest);
  await page.getByText('The connection works.').waitFor({ timeout: 20_000 });
  expect(await refused.count()).toBe(0);
  kubectl(['delete', '--filename', '-'], manifest);
  expect(added(before)).toEqual([]);
});
