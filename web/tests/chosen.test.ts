import { beforeAll, expect, test } from 'vitest';
import type { Person } from './harness/people.ts';
import { furnishProject } from './harness/projects.ts';
import { ana, withAna } from './harness/visits.ts';

const PROJECT = 'chosen-ones';
const PLACE = { projectSlug: PROJECT, environmentSlug: 'dev', path: '/' };

let who: Person;

withAna();

beforeAll(async () => {
  ({ who } = await furnishProject(PROJECT, [['chosen-bot', 'dev']]));
});

async function issue(reason: string): Promise<string> {
  const wish = { ...PLACE, dynamicSecretName: 'chosen-bot', reason };
  return (await who.ask('POST', '/api/v1/dynamic-secrets/leases', wish)).lease.id;
}

const row = (reason: string) => ana.page.getByRole('row').filter({ hasText: reason });

test('what is chosen under one filter is not under another, nor again under the first', async () => {
  const { page } = ana;
  await issue('kept-alive');
  await issue('not-meant');
  await page.goto(`/leases?project=${PROJECT}&q=not-meant`);
  await row('not-meant').getByRole('checkbox').check();
  await page.getByRole('button', { name: 'Delete 1 lease…' }).waitFor();
  await page.getByLabel('Find by who, why or what').fill('kept-alive');
  await row('not-meant').waitFor({ state: 'detached' });
  await row('kept-alive').waitFor();
  expect(await page.getByRole('button', { name: /^Delete \d+ lease/ }).count()).toBe(0);
  await row('kept-alive').getByRole('checkbox').check();
  await page.getByRole('button', { name: 'Delete 1 lease…' }).waitFor();
  await page.getByLabel('Find by who, why or what').fill('not-meant');
  await row('not-meant').waitFor();
  expect(await row('not-meant').getByRole('checkbox').isChecked()).toBe(false);
  expect(await page.getByRole('button', { name: /^Delete \d+ lease/ }).count()).toBe(0);
});

test('a lease that somebody else ends is chosen no more', async () => {
  const { page } = ana;
  await issue('shared-one');
  const other = await issue('shared-other');
  await page.goto(`/leases?project=${PROJECT}&q=shared&status=active`);
  await page.getByRole('button', { name: 'Choose all 2 live ones' }).click();
  await page.getByRole('button', { name: 'Delete 2 leases…' }).waitFor();
  await who.ask('DELETE', `/api/v1/dynamic-secrets/leases/${other}`, PLACE);
  await row('shared-other').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Delete 1 lease…' }).waitFor();
  await row('shared-one').waitFor();
});

test('what became of the chosen ones is told also when the list is empty by that', async () => {
  const { page } = ana;
  for (const number of [1, 2, 3]) await issue(`all-of-them-${number}`);
  await page.goto(`/leases?project=${PROJECT}&q=all-of-them&status=active`);
  await page.getByRole('button', { name: 'Choose all 3 live ones' }).click();
  await page.getByRole('button', { name: 'Delete 3 leases…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete 3 leases?' });
  await dialog.getByRole('button', { name: 'Delete 3 leases…' }).click();
  await page.getByText('No lease fits the filters').waitFor({ state: 'attached' });
  await dialog.getByText('Lease closed: 3').waitFor();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await dialog.waitFor({ state: 'detached' });
  await ana.expectSound();
});
