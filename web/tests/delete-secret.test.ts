import { beforeAll, expect, inject, test } from 'vitest';
import type { Lease } from '../src/api/schema.ts';
import { Visitor } from './harness/browser.ts';
import { NAMESPACE } from './harness/cluster.ts';
import { whoIs } from './harness/objects.ts';
import type { Person } from './harness/people.ts';
import { asAna } from './harness/projects.ts';
import { makeProject, ofDeployer, secret } from './harness/scene.ts';
import { browser, withBrowser } from './harness/visits.ts';
import { waitFor } from './harness/waiting.ts';

const PROJECT = 'fates';

let caller: Person;

withBrowser();

beforeAll(async () => {
  caller = await asAna();
  await makeProject(caller, 'Fates', PROJECT);
});

/** Three tokens of a dynamic secret. */
function issue(dynamicSecretName: string): Promise<string[]> {
  const wish = { projectSlug: PROJECT, environmentSlug: 'dev', dynamicSecretName };
  const one = async () => (await caller.ask('POST', '/api/v1/dynamic-secrets/leases', wish)).data.TOKEN;
  return Promise.all([one(), one(), one()]);
}

/** How each lease of a dynamic secret stands. */
async function standings(name: string): Promise<string[]> {
  const { leases } = await caller.ask('GET', `/api/v1/leases?projectSlug=${PROJECT}&limit=100`);
  return leases
    .filter((lease: Lease) => lease.dynamicSecretName === name)
    .map(({ state, outcome }: Lease) => outcome ?? state);
}

const FATES = [
  { fate: 'End now', revocable: true, after: 'revoked', known: 'nobody' },
  {
    fate: 'Run out',
    revocable: false,
    after: 'active',
    known: `system:serviceaccount:${NAMESPACE}:deployer`,
  },
];

test.each(FATES)('three live leases of what is deleted meet the fate that was chosen: $fate', async one => {
  const name = one.revocable ? 'ends-with-it' : 'outlives-it';
  await secret(caller, name, 'dev', ofDeployer(inject('cluster'), one.revocable), PROJECT);
  const tokens = await issue(name);
  const ana = await Visitor.open(browser);
  const { page } = ana;
  await ana.signIn('ana@example.com');
  await page.goto(`/p/${PROJECT}/e/dev/s/${name}?tab=configuration`);
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('There are 3 live leases of it.').first().waitFor();
  const act = dialog.getByRole('button', { name: 'Delete the dynamic secret' });
  expect(await act.getAttribute('aria-disabled')).toBe('true');
  await act.press('Enter');
  expect(await standings(name)).toEqual(['active', 'active', 'active']);
  await ana.expectSound();
  await dialog.getByLabel(one.fate).check();
  await act.click();
  await page.getByRole('heading', { name: 'Secret Overview' }).waitFor();
  await page.getByText('No dynamic secret here').waitFor();
  await waitFor('all three leases to be as chosen', async () =>
    (await standings(name)).every(standing => standing === one.after),
  );
  await waitFor('the cluster to know so', async () => tokens.map(whoIs).every(known => known === one.known));
  await ana.expectSound();
  await ana.close();
});
