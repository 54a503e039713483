import { beforeAll, expect, inject, test } from 'vitest';
import type { Visitor } from './harness/browser.ts';
import type { Person } from './harness/people.ts';
import { asAna } from './harness/projects.ts';
import { ana, withAna } from './harness/visits.ts';

let caller: Person;

withAna();

beforeAll(async () => {
  caller = await asAna();
});

async function issue(reason: string): Promise<{ id: string; token: string }> {
  const place = { projectSlug: 'web-shop', environmentSlug: 'dev' };
  const wish = { ...place, dynamicSecretName: 'deploy-bot', ttl: '10m', reason };
  const { lease, data } = await caller.ask('POST', '/api/v1/dynamic-secrets/leases', wish);
  return { id: lease.id, token: data.TOKEN };
}

/** The ids of the events on the page, oldest first. */
async function shown(visitor: Visitor): Promise<string[]> {
  const links = visitor.page.locator('main tbody a[href*="/audit/"]');
  const addresses = await links.evaluateAll(all => all.map(link => link.getAttribute('href') ?? ''));
  return addresses.map(address => /\/audit\/([0-9a-f-]+)/.exec(address)?.[1] ?? '').sort();
}

/** What a link of the page downloads. */
async function exported(visitor: Visitor, name: string): Promise<string> {
  const address = await visitor.page.getByRole('link', { name }).getAttribute('href');
  return visitor.page.evaluate(async where => (await fetch(where)).text(), address ?? '');
}

/** The row of a kind; other kinds have its name in theirs. */
const rowOf = (kind: string) =>
  ana.page.getByRole('row').filter({ has: ana.page.getByText(kind, { exact: true }) });

test('the events of one lease say who, when, why and from where, and the export has the same', async () => {
  const { page } = ana;
  const began = Date.now();
  const { id, token } = await issue('for the log');
  const place = { projectSlug: 'web-shop', environmentSlug: 'dev' };
  await page.goto(`/leases/${id}?project=web-shop`);
  await page.getByRole('main').getByText('for the log').first().waitFor();
  await caller.ask('DELETE', `/api/v1/dynamic-secrets/leases/${id}`, place);
  await page.goto('/audit');
  await page.getByLabel('Lease').fill(id);
  await page.getByText('3 events', { exact: true }).waitFor();
  const issued = rowOf('create-dynamic-secret-lease');
  const viewed = rowOf('get-dynamic-secret-lease');
  const ended = rowOf('delete-dynamic-secret-lease');
  await issued.getByText('for the log').waitFor();
  for (const row of [issued, viewed, ended]) {
    await row.getByText('ana@example.com').waitFor();
    await row.getByText('deploy-bot').waitFor();
    await row.getByText('127.0.0.1').waitFor();
    const at = Date.parse((await row.locator('time').getAttribute('datetime')) ?? '');
    expect(at).toBeGreaterThan(began - 2000);
    expect(at).toBeLessThan(Date.now() + 2000);
  }
  await ana.expectSound();
  await ana.picture('audit-lease');
  const ids = await shown(ana);
  expect(ids).toHaveLength(3);
  const lines = await exported(ana, 'Export as NDJSON');
  const events = lines.trim().split('\n');
  expect(events.map(line => JSON.parse(line).id).sort()).toEqual(ids);
  const table = await exported(ana, 'Export as CSV');
  const rows = table.trim().split('\r\n').slice(1);
  expect(rows.map(row => JSON.parse(row.split(',')[0] ?? '')).sort()).toEqual(ids);
  const leaks = (text: string) =>
    [token.slice(20, 60), token.slice(-40), inject('cluster').token.slice(-40)].filter(secret =>
      text.includes(secret),
    );
  expect(leaks(lines + table)).toEqual([]);
  expect(leaks(`${lines}${token}`), 'what looks for secrets finds one').not.toEqual([]);
});

test('an event opens beside the list, at an address that shows it alone', async () => {
  const { page } = ana;
  const { id } = await issue('to be opened');
  await page.goto(`/audit?lease=${id}`);
  await rowOf('create-dynamic-secret-lease').getByRole('link').click();
  await page.getByRole('dialog').getByText('to be opened').first().waitFor();
  await ana.expectSound();
  await ana.picture('audit-drawer');
  expect(new URL(page.url()).pathname).toMatch(/^\/audit\/[0-9a-f-]+$/);
  await page.reload();
  await page.getByRole('heading', { name: 'create-dynamic-secret-lease' }).waitFor();
  await ana.expectSound();
});

test('while somebody watches, events come by themselves', async () => {
  const { page } = ana;
  await page.goto('/audit');
  const watching = page.waitForResponse(answer => answer.url().includes('/audit-events/live'));
  await page.getByRole('switch', { name: 'Watch events as they happen' }).check();
  await watching;
  await issue('seen live');
  await page.getByRole('row').filter({ hasText: 'seen live' }).waitFor();
  await ana.expectSound();
});
