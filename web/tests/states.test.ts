import { afterAll, beforeAll, expect, test } from 'vitest';
import { Visitor } from './harness/browser.ts';
import { bootstrap, join, type Person } from './harness/people.ts';
import { makeProject } from './harness/scene.ts';
import { type RunningServer, startServer } from './harness/server.ts';
import { browser, withBrowser } from './harness/visits.ts';

let server: RunningServer;
let ana: Person;
let ivo: { id: string };
let project: { id: string };

withBrowser();

/** A server where nothing has been done yet, and somebody who may see next to nothing. */
beforeAll(async () => {
  server = await startServer();
  ana = await bootstrap(server);
  project = await makeProject(ana, 'Fresh', 'fresh');
  ivo = (await (await join(server.url, ana, 'ivo@example.com', 'Ivo')).ask('GET', '/api/v1/users/me')).user;
  await ana.ask('POST', `/api/v1/projects/${project.id}/memberships/users/${ivo.id}`, { role: 'viewer' });
});
afterAll(async () => {
  await server.stop();
});

const PLACES = [
  { place: 'Leases', right: 'lease', empty: 'No one holds a token' },
  { place: 'Clusters', right: 'cluster-connections', empty: 'No cluster connected' },
  { place: 'Audit', right: 'audit-logs', empty: 'No event fits the filters' },
];

test('what is forbidden, what fails and what is empty look different, and each says what to do next', {
  timeout: 120_000,
}, async () => {
  const visitor = await Visitor.open(browser, { baseURL: server.dashboard });
  const { page } = visitor;
  const main = page.getByRole('navigation', { name: 'Main' });
  // By way of a page that all may see and that is kept: what stood there before is gone then.
  const open = async (place: string) => {
    await main.getByRole('link', { name: 'Gateways' }).click();
    await page.getByRole('heading', { name: 'Gateways', level: 1 }).waitFor();
    await main.getByRole('link', { name: place }).click();
  };
  await visitor.signIn('ivo@example.com');

  for (const { place, right } of PLACES) {
    await open(place);
    const panel = page.getByRole('status').filter({ hasText: 'You may not see this' });
    await panel.getByText('An administrator of the project or of the organization can give you').waitFor();
    expect(await panel.textContent(), place).toContain(right);
    await visitor.expectSound(`${place}, forbidden`);
    await visitor.picture(`${place}-forbidden`);
  }

  await visitor.context.setOffline(true);
  for (const { place } of PLACES) {
    await open(place);
    const panel = page.getByRole('status').filter({ hasText: 'The server does not answer' });
    await panel.getByText('Check your connection; nothing was changed.').waitFor();
    await panel.getByRole('button', { name: 'Try again' }).waitFor();
    await visitor.expectSound(`${place}, unreachable`);
    await visitor.picture(`${place}-unreachable`);
  }

  await visitor.context.setOffline(false);
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('heading', { name: 'You may not see this' }).waitFor();

  const membership = `/api/v1/projects/${project.id}/memberships/users/${ivo.id}`;
  await ana.ask('PATCH', membership, { roles: [{ role: 'admin' }] });
  await ana.ask('PATCH', `/api/v1/users/${ivo.id}`, { role: 'admin' });
  // Another role ends the sessions that were begun with the one before.
  await visitor.signIn('ivo@example.com');
  await open('Audit');
  await page.getByRole('row').filter({ hasText: 'create-project' }).waitFor();
  await page.getByLabel('Lease').fill('01234567-89ab-7cde-8f01-23456789abcd');
  for (const { place, empty } of PLACES.toReversed()) {
    if (place !== 'Audit') await open(place);
    await page.getByRole('heading', { name: empty }).waitFor();
    await visitor.expectSound(`${place}, empty`);
    await visitor.picture(`${place}-empty`);
  }
  await page.getByRole('link', { name: 'Secret Overview' }).click();
  await page.getByRole('heading', { name: 'Secret Overview' }).waitFor();
  await open('Clusters');
  await page.getByRole('link', { name: /^URL and token/ }).click();
  await page.getByRole('heading', { name: 'Connect a cluster' }).waitFor();
  await page.goto('/audit?lease=01234567-89ab-7cde-8f01-23456789abcd');
  await page.getByRole('status').getByRole('button', { name: 'Clear the filters' }).click();
  await page.getByRole('row').filter({ hasText: 'create-project' }).waitFor();
  await visitor.close();
});

test('without a gateway the page says when one is needed, and many of them come in pages', async () => {
  const visitor = await Visitor.open(browser, { baseURL: server.dashboard });
  const { page } = visitor;
  await visitor.signIn('ana@example.com');
  await page.goto('/gateways');
  await page.getByRole('heading', { name: 'No gateway yet' }).waitFor();
  await page.getByText('You need one only for a cluster that Mayfly cannot reach').waitFor();
  await visitor.expectSound();
  await visitor.picture('gateways-empty');
  await page.keyboard.press('n');
  await page.getByRole('heading', { name: 'New gateway' }).waitFor();

  const names = Array.from({ length: 51 }, (_, index) => `gw-${index + 1}`);
  for (const name of names) await ana.ask('POST', '/api/v1/gateways', { name });
  await page.goto('/gateways');
  await page.getByRole('link', { name: 'gw-50', exact: true }).waitFor();
  expect(await page.getByRole('link', { name: 'gw-51', exact: true }).count()).toBe(0);
  await page.getByRole('button', { name: 'Show more' }).click();
  await page.getByRole('link', { name: 'gw-51', exact: true }).waitFor();
  await page.getByRole('row').filter({ hasText: 'gw-51' }).getByText('never connected').waitFor();
  expect(await page.getByRole('button', { name: 'Show more' }).count()).toBe(0);
  await visitor.expectSound();
  await visitor.close();
});
