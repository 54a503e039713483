import { beforeAll, expect, test } from 'vitest';
import type { Person } from './harness/people.ts';
import { furnishProject } from './harness/projects.ts';
import { ana, withAna } from './harness/visits.ts';

const PROJECT = 'two-people';

let bo: Person;
let projectId: string;

withAna();

beforeAll(async () => {
  const { who, project } = await furnishProject(PROJECT, [['shared-bot', 'dev']]);
  bo = who;
  projectId = project.id;
});

const place = { projectSlug: PROJECT, environmentSlug: 'dev', path: '/' };
const secret = () =>
  bo
    .ask('GET', `/api/v1/dynamic-secrets/shared-bot?${new URLSearchParams(place)}`)
    .then(answer => answer.dynamicSecret);
const changeSecret = (data: object) =>
  bo.ask('PATCH', '/api/v1/dynamic-secrets/shared-bot', { ...place, data, leases: 'run-out' });

test('a dynamic secret that somebody else changes meanwhile keeps their change, and what both changed is shown', async () => {
  const { page } = ana;
  await page.goto(`/p/${PROJECT}/e/dev/s/shared-bot/edit`);
  await page.locator('footer [data-sync="live"]').waitFor();
  await page.getByLabel('Max TTL').fill('3h');
  await changeSecret({ defaultTTL: '20m', maxTTL: '4h' });
  const notice = page.getByRole('status').filter({ hasText: 'Somebody else changed this' });
  await notice.getByText('What you left alone shows theirs now: Default TTL').waitFor();
  await notice.getByText('Max TTL: now 4h, here 3h').waitFor();
  expect(await page.getByLabel('Default TTL').inputValue()).toBe('20m');
  await ana.expectSound();
  await ana.picture('two-people');
  await page.getByRole('button', { name: 'Submit' }).click();
  const review = page.getByRole('dialog');
  await review.getByRole('cell', { name: '4h' }).waitFor();
  expect(await review.getByRole('row').count()).toBe(2);
  await review.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'shared-bot', exact: true }).waitFor();
  expect(await secret()).toMatchObject({ defaultTTL: '20m', maxTTL: '3h' });
});

test('without a stream saving finds out by itself, and sends nothing until somebody has seen it', async () => {
  const { page } = ana;
  await page.route('**/api/v1/events', route => route.abort());
  await page.goto(`/p/${PROJECT}/e/dev/s/shared-bot/edit`);
  await page.getByLabel('Max TTL').fill('90m');
  await ana.settled();
  // What is asked for time and again without a stream is kept from telling it first.
  let submitted = () => {};
  const isSubmitted = new Promise<void>(resolve => {
    submitted = resolve;
  });
  await page.route('**/api/v1/dynamic-secrets/shared-bot?*', async route => {
    await isSubmitted;
    await route.continue();
  });
  await changeSecret({ maxTTL: '5h' });
  await page.getByRole('button', { name: 'Submit' }).click();
  submitted();
  await page.getByText('Nothing was saved: somebody else changed the same meanwhile.').waitFor();
  await page.getByText('Max TTL: now 5h, here 90m').waitFor();
  expect(await page.getByRole('dialog').count()).toBe(0);
  expect(await secret()).toMatchObject({ maxTTL: '5h' });
  await page.getByRole('button', { name: 'Take theirs' }).click();
  expect(await page.getByLabel('Max TTL').inputValue()).toBe('5h');
  await page.locator('input:focus').and(page.getByLabel('Max TTL')).waitFor();
  await page.getByText('Somebody else changed this').waitFor({ state: 'detached' });
});

test('a connection, a policy, a role and a project keep what others changed', async () => {
  const { page } = ana;
  const { clusterConnections } = await bo.ask('GET', '/api/v1/cluster-connections?limit=100');
  const { id } = clusterConnections.find(({ name }: { name: string }) => name === PROJECT);
  const connection = `/api/v1/cluster-connections/${id}`;
  await page.goto(`/clusters/${id}/edit`);
  await page.locator('footer [data-sync="live"]').waitFor();
  await page.getByRole('textbox', { name: 'Name' }).fill('two-people-renamed');
  await bo.ask('PATCH', connection, { limits: { maxTTL: '6h' } });
  await page.getByText('What you left alone shows theirs now: Max TTL').waitFor();
  await page.getByRole('button', { name: 'Submit' }).click();
  await page.getByRole('heading', { name: 'two-people-renamed' }).first().waitFor();
  const { clusterConnection } = await bo.ask('GET', connection);
  expect(clusterConnection).toMatchObject({ name: 'two-people-renamed', limits: { maxTTL: '6h' } });

  const { environments } = await bo
    .ask('GET', `/api/v1/projects/${projectId}`)
    .then(answer => answer.project ?? answer);
  const policy = `/api/v1/projects/${projectId}/environments/${environments[0].id}/policy`;
  await page.goto(`/p/${PROJECT}/settings`);
  // Each environment's comes by itself, and the first is wanted.
  await page.getByLabel('Longest lease').nth(2).waitFor();
  await page.getByLabel('Longest lease').first().fill('3h');
  await bo.ask('PATCH', policy, { requiresReason: true });
  await page.getByText('What you left alone shows theirs now: Each lease needs a reason').waitFor();
  await page.getByRole('button', { name: 'Save' }).first().click();
  await page.getByText('The policy was saved.').waitFor();
  await page.getByText('Somebody else changed this').waitFor({ state: 'detached' });
  expect((await bo.ask('GET', policy)).policy).toMatchObject({ requiresReason: true, maxTTL: '3h' });

  await page.getByRole('tab', { name: 'General' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Two People Renamed');
  await bo.ask('PATCH', `/api/v1/projects/${projectId}`, { description: 'by Bo' });
  await page.getByText('What you left alone shows theirs now: Description').waitFor();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('The project was saved.').waitFor();
  expect(await bo.ask('GET', `/api/v1/projects/slug/${PROJECT}`)).toMatchObject({
    name: 'Two People Renamed',
    description: 'by Bo',
  });

  await page.getByRole('tab', { name: 'Environments' }).click();
  await page.getByRole('button', { name: 'Rename Development' }).click();
  await page.getByRole('dialog').getByLabel(/^Name/).fill('Ours');
  const [dev] = environments;
  await bo.ask('PATCH', `/api/v1/projects/${projectId}/environments/${dev.id}`, { name: 'Theirs' });
  await page.getByRole('dialog').getByText('Name: now Theirs, here Ours').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Take theirs' }).click();
  expect(await page.getByRole('dialog').getByLabel(/^Name/).inputValue()).toBe('Theirs');
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();

  const permissions = [{ subject: 'project', action: ['read'] }];
  const roles = `/api/v1/projects/${projectId}/roles`;
  const { role } = await bo.ask('POST', roles, { slug: 'shared', name: 'Shared', permissions });
  await page.goto(`/access/roles?project=${PROJECT}`);
  await page.getByRole('button', { name: 'Edit Shared' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Shared Name');
  await bo.ask('PATCH', `${roles}/${role.id}`, { permissions: [{ subject: 'role', action: ['read'] }] });
  await dialog.getByText('What you left alone shows theirs now: Lines').waitFor();
  await ana.expectSound();
  await ana.picture('two-people-role');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
  expect((await bo.ask('GET', `${roles}/${role.id}`)).role).toMatchObject({
    name: 'Shared Name',
    permissions: [{ subject: 'role' }],
  });
});
