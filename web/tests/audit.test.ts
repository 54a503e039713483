import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { launch, Visitor } from './harness/browser.ts';
import { Person } from './harness/people.ts';

let browser: Browser;
let ana: Visitor;
let caller: Person;

beforeAll(async () => {
  browser = await launch();
  caller = await new Person(new URL(inject('api')), 'ana@example.com', 'a calm river of tests').signIn();
});
afterAll(() => browser.close());
beforeEach(async () => {
  ana = await Visitor.open(browser);
  await ana.signIn('ana@example.com');
});
afterEach(async () => {
  expect(ana.faults).toEqual([]);
  await ana.close();
});

async function issue(reason: string): Promise<{ id: string; token: string }> {
  const place = { projectSlug: 'web-shop', environmentSlug: 'dev' };
  const wish = { ...place, dynamicSecretName: 'deploy-bot', ttl: '10m', reason };
  const { lease, data } = await caller.ask('POST', '/api/v1/dynamic-secrets/leases', wish);
  return { id: lease.id, token: data.TOKEN };
}

test('the events of one lease say who, when, why and from where, and the export has the same', async () => {
  const { page } = ana;
  const { id, token } = await issue('for the log');
  const place = { projectSlug: 'web-shop', environmentSlug: 'dev' };
  await caller.ask('DELETE', `/api/v1/dynamic-secrets/leases/${id}`, place);
  await page.goto(`/audit?lease=${id}&last=24h`);
  const issued = page.getByRole('row').filter({ hasText: 'create-dynamic-secret-lease' });
  await issued.getByText('ana@example.com').waitFor();
  await issued.getByText('for the log').waitFor();
  await issued.getByText('127.0.0.1').waitFor();
  await ana.expectSound();
  await ana.picture('audit-lease');
  const shown = (await page.getByRole('row').count()) - (await page.getByRole('rowgroup').count()) / 2;
  const address = await page.getByRole('link', { name: 'Export as NDJSON' }).getAttribute('href');
  const text = await page.evaluate(async where => (await fetch(where)).text(), address ?? '');
  expect(text.trim().split('\n')).toHaveLength(shown);
  expect(text).not.toContain(token.slice(20, 60));
});

test('an event opens beside the list, at an address that shows it alone', async () => {
  const { page } = ana;
  const { id } = await issue('to be opened');
  await page.goto(`/audit?lease=${id}`);
  await page.getByRole('row').filter({ hasText: 'create-dynamic-secret-lease' }).getByRole('link').click();
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
