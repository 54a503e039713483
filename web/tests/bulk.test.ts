import { beforeAll, expect, inject, test } from 'vitest';
import type { Lease } from '../src/api/schema.ts';
import { Visitor } from './harness/browser.ts';
import { join, type Person } from './harness/people.ts';
import { asAna } from './harness/projects.ts';
import { makeProject, ofDeployer, secret } from './harness/scene.ts';
import { browser, withBrowser } from './harness/visits.ts';

const PROJECT = 'shared';
const MINE = 38;
const OTHERS = 2;

let caller: Person;
let iris: Person;
/** Her membership of the project. */
let membership: string;

withBrowser();

beforeAll(async () => {
  const api = new URL(inject('api'));
  caller = await asAna();
  iris = await join(api, caller, 'iris@example.com', 'Iris');
  const { id } = await makeProject(caller, 'Shared', PROJECT);
  const { user } = await iris.ask('GET', '/api/v1/users/me');
  membership = `/api/v1/projects/${id}/memberships/users/${user.id}`;
  await caller.ask('POST', membership, { role: 'member' });
  await secret(caller, 'common-bot', 'dev', ofDeployer(inject('cluster')), PROJECT);
});

async function issue(who: Person, count: number, reason: string): Promise<void> {
  const place = { projectSlug: PROJECT, environmentSlug: 'dev', dynamicSecretName: 'common-bot' };
  for (let number = 0; number < count; number++)
    await who.ask('POST', '/api/v1/dynamic-secrets/leases', { ...place, reason: `${reason}-${number}` });
}

/** Whose leases with such a reason are live. */
async function holders(reason: string): Promise<string[]> {
  const path = `/api/v1/leases?projectSlug=${PROJECT}&state=active&limit=100`;
  const { leases } = await caller.ask('GET', path);
  return leases
    .filter((lease: Lease) => lease.reason?.startsWith(reason))
    .map(({ holder }: Lease) => holder.name);
}

test('of 40 leases, 2 of them others’, somebody without rights over those is shown and ends 38', async () => {
  await issue(iris, MINE, 'night');
  await issue(caller, OTHERS, 'night');
  const visitor = await Visitor.open(browser);
  const { page } = visitor;
  await visitor.signIn('iris@example.com');
  await page.goto(`/leases?project=${PROJECT}&q=night`);
  await page.getByRole('button', { name: `Choose all ${MINE} live ones` }).click();
  await page.getByRole('button', { name: `Delete ${MINE} leases…` }).click();
  const dialog = page.getByRole('dialog', { name: `Delete ${MINE} leases?` });
  await dialog.getByText(`${MINE} tokens cannot be taken back`).waitFor();
  await dialog.getByRole('button', { name: `Delete ${MINE} leases…` }).click();
  await dialog.getByRole('progressbar').waitFor();
  await dialog.getByText(`${MINE} of ${MINE} are done.`).waitFor();
  await dialog.getByText(`Lease closed: ${MINE}`).waitFor();
  await visitor.expectSound();
  expect(await holders('night')).toEqual(Array(OTHERS).fill('ana@example.com'));
  await visitor.close();
});

test('leases that were taken out of one’s hands meanwhile are reported one by one, and the others end', async () => {
  await caller.ask('PATCH', membership, { roles: [{ role: 'admin' }] });
  await issue(iris, MINE, 'day');
  await issue(caller, OTHERS, 'day');
  const visitor = await Visitor.open(browser);
  const { page } = visitor;
  await visitor.signIn('iris@example.com');
  await page.goto(`/leases?project=${PROJECT}&q=day`);
  await page.getByRole('button', { name: `Choose all ${MINE + OTHERS} live ones` }).click();
  await page.getByRole('button', { name: `Delete ${MINE + OTHERS} leases…` }).click();
  const dialog = page.getByRole('dialog', { name: `Delete ${MINE + OTHERS} leases?` });
  await dialog.waitFor();
  await caller.ask('PATCH', membership, { roles: [{ role: 'member' }] });
  await dialog.getByRole('button', { name: `Delete ${MINE + OTHERS} leases…` }).click();
  await dialog.getByText(`${MINE + OTHERS} of ${MINE + OTHERS} are done.`).waitFor();
  await dialog.getByText(`Lease closed: ${MINE}`).waitFor();
  const refused = dialog.getByRole('listitem').filter({ hasText: 'Not done:' });
  expect(await refused.count()).toBe(OTHERS);
  for (const told of await refused.allTextContents())
    expect(told).toMatch(
      /^Not done: ana@example\.com · deployer: it is not yours to end, or no longer there/,
    );
  await visitor.expectSound();
  await visitor.picture('bulk-refused');
  expect(await holders('day')).toEqual(Array(OTHERS).fill('ana@example.com'));
  await visitor.close();
});
