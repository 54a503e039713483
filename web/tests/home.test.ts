import { expect, inject, test } from 'vitest';
import { Visitor } from './harness/browser.ts';
import { join } from './harness/people.ts';
import { asAna } from './harness/projects.ts';
import { ana, browser, withAna } from './harness/visits.ts';

withAna();

test('favourites are kept in the browser of one person, and opened from the first page by their digits', async () => {
  const { page } = ana;
  const star = (name: string) => page.getByRole('button', { name: `Keep ${name} among your favourites` });
  await star('Web Shop').click();
  expect(await star('Web Shop').getAttribute('aria-pressed')).toBe('true');
  await page.goto('/p/web-shop/e/dev/s/read-logs');
  await star('read-logs').click();
  await page.goto('/');
  const favourites = page.getByRole('region', { name: 'Favourites' });
  await favourites.waitFor();
  expect(await favourites.getByRole('link').allTextContents()).toEqual([
    'Web Shop',
    'read-logs · Development · Web Shop',
  ]);
  await ana.expectSound();
  await ana.picture('home-favourites');
  await page.keyboard.press('n');
  await page.getByRole('dialog', { name: 'New project' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('2');
  await page.getByRole('heading', { name: 'read-logs' }).waitFor();
  await star('read-logs').click();
  await page.goto('/');
  await favourites.getByRole('link', { name: 'Web Shop' }).waitFor();
  expect(await favourites.getByRole('link').count()).toBe(1);
  await page.evaluate(() => fetch('/api/v1/auth/logout', { method: 'POST' }));
  await ana.signIn('ben@example.com');
  await page.getByRole('heading', { level: 1 }).waitFor();
  expect(await favourites.count()).toBe(0);
});

test('a part of the first page that fails says so, and the others are there', async () => {
  const { page } = ana;
  await page.route('**/api/v1/leases?*', route =>
    route.fulfill({ status: 500, json: { code: 'internal', message: 'leases are broken on purpose' } }),
  );
  await page.reload();
  const held = page.getByRole('region', { name: 'Your live leases' });
  await held.getByText('leases are broken on purpose').waitFor();
  await held.getByRole('button', { name: 'Try again' }).waitFor();
  await page
    .getByRole('link', { name: /Web Shop/ })
    .first()
    .waitFor();
  const issued = page.getByRole('region', { name: 'Issued in 14 days' });
  await issued.getByRole('button', { name: 'As a table' }).click();
  await issued.getByRole('table').waitFor();
  await page.unroute('**/api/v1/leases?*');
  await page.route('**/api/v1/audit-events/facets?*', route =>
    route.fulfill({ status: 500, json: { code: 'internal', message: 'counts are broken on purpose' } }),
  );
  await page.reload();
  await issued.getByText('counts are broken on purpose').waitFor();
  await held.getByText('leases are broken on purpose').waitFor({ state: 'detached' });
  await ana.expectSound();
});

test('whoever is in no project and may make none is told whom to ask, with the words for it', async () => {
  await join(new URL(inject('api')), await asAna(), 'nora@example.com', 'Nora', 'no-access');
  const nora = await Visitor.open(browser);
  const { page } = nora;
  await nora.signIn('nora@example.com');
  await page.getByRole('heading', { name: 'You are in no project yet' }).waitFor();
  await page.getByText('Could you add nora@example.com to a project').waitFor();
  expect(await page.getByRole('button', { name: 'New project' }).count()).toBe(0);
  await nora.expectSound();
  await nora.close();
});
