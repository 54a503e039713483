import { beforeAll, expect, inject, test } from 'vitest';
import { Visitor } from '../harness/browser.ts';
import { join, type Person } from '../harness/people.ts';
import { asAna } from '../harness/projects.ts';
import { browser, withBrowser } from '../harness/visits.ts';
import { waitFor } from '../harness/waiting.ts';

let ana: Person;
let project: { id: string };

withBrowser();

beforeAll(async () => {
  const api = new URL(inject('api'));
  ana = await asAna();
  project = await ana.ask('GET', '/api/v1/projects/slug/web-shop');
  // Whoever sees everybody's leases, and neither the audit log nor anything else.
  const permissions = [
    { subject: 'dynamic-secrets', action: ['manage-leases', 'lease'] },
    { subject: 'project', action: ['read'] },
  ];
  await ana.ask('POST', `/api/v1/projects/${project.id}/roles`, {
    slug: 'watcher',
    name: 'Watcher',
    permissions,
  });
  const bo = await join(api, ana, 'bo@example.com', 'Bo');
  const { user } = await bo.ask('GET', '/api/v1/users/me');
  await ana.ask('POST', `/api/v1/projects/${project.id}/memberships/users/${user.id}`, { role: 'watcher' });
  expect(
    await bo.ask('GET', `/api/v1/audit-events?projectId=${project.id}`).catch(refused => String(refused)),
  ).toContain('403');
});

function issue(reason: string) {
  const place = { projectSlug: 'web-shop', environmentSlug: 'dev' };
  const wish = { dynamicSecretName: 'deploy-bot', ...place, ttl: '10m', reason };
  return ana.ask('POST', '/api/v1/dynamic-secrets/leases', wish);
}

async function watching(): Promise<Visitor> {
  const bo = await Visitor.open(browser);
  await bo.signIn('bo@example.com');
  await bo.page.goto('/leases?project=web-shop');
  await bo.page.locator('footer [data-sync="live"]').waitFor();
  return bo;
}

test('a lease of another person is on the page within two seconds, without a reload and without the audit log', async () => {
  const bo = await watching();
  const lists: number[] = [];
  bo.page.on('request', request => {
    if (new URL(request.url()).pathname === '/api/v1/leases') lists.push(Date.now());
  });
  await bo.settled();
  const before = lists.length;
  await issue('seen-live');
  await bo.page.getByRole('row').filter({ hasText: 'seen-live' }).waitFor({ timeout: 2000 });
  expect(lists.length - before, 'asked because it changed, not time and again').toBeLessThanOrEqual(8);
  await bo.expectSound();
  await bo.picture('live');
  await bo.close();
});

test('all pages of a tab share one stream', async () => {
  const bo = await Visitor.open(browser);
  const opened: string[] = [];
  bo.page.on('request', request => {
    if (request.resourceType() === 'eventsource') opened.push(request.url());
  });
  await bo.signIn('bo@example.com');
  for (const name of ['Leases', 'Approvals', 'Projects', 'Home'])
    await bo.page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name, exact: true }).click();
  await bo.page.locator('footer [data-sync="live"]').waitFor();
  expect(opened).toHaveLength(1);
  await bo.expectSound();
  await bo.close();
});

test('without a stream the footer says that it is not live, the page asks by itself, and it is live again after', async () => {
  const bo = await watching();
  const stream = '**/api/v1/events';
  let refused = 0;
  await bo.context.route(stream, route => {
    refused++;
    return route.abort();
  });
  // Hidden and shown again: the tab opens its stream anew, and now in vain.
  await bo.page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  });
  await bo.page.locator('footer [data-sync="paused"]').waitFor();
  await bo.page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { value: 'visible', configurable: true });
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  });
  await bo.page.locator('footer [data-sync="polling"]').getByText('not live, asks every 15 s').waitFor();
  await bo.expectSound();
  await issue('seen-late');
  await bo.page.getByRole('row').filter({ hasText: 'seen-late' }).waitFor({ timeout: 25_000 });
  await waitFor('another try', async () => refused > 1);
  await bo.context.unroute(stream);
  await bo.page.locator('footer [data-sync="live"]').waitFor({ timeout: 40_000 });
  await issue('seen-again');
  await bo.page.getByRole('row').filter({ hasText: 'seen-again' }).waitFor({ timeout: 2000 });
  await bo.close();
});
