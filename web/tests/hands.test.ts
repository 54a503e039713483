import { expect, test } from 'vitest';
import { Visitor } from './harness/browser.ts';
import { Keys } from './harness/keys.ts';
import { browser, withBrowser } from './harness/visits.ts';

withBrowser();

test('on a small screen a token is generated, copied and its lease deleted', async () => {
  const ana = await Visitor.open(browser, { viewport: { width: 320, height: 640 }, hasTouch: true });
  const { page } = ana;
  await ana.signIn('ana@example.com');
  await page.getByRole('button', { name: 'Menu' }).tap();
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Leases' }).tap();
  await page.getByRole('heading', { name: 'Leases' }).waitFor();
  await page.goto('/p/web-shop/overview?env=dev');
  await page.getByRole('link', { name: 'Generate a token of read-logs' }).tap();
  await page.getByLabel('Reason').fill('by-thumb');
  await page.getByRole('button', { name: 'Submit' }).tap();
  await page.getByText('Shown once.').waitFor();
  await ana.expectSound();
  await ana.picture('reveal-small');
  await page.getByRole('button', { name: 'Copy token' }).tap();
  await page.getByText('Copied', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Done' }).tap();
  const row = page.getByRole('row').filter({ hasText: 'by-thumb' });
  await row.getByRole('button', { name: /^Delete lease/ }).tap();
  await page.getByRole('button', { name: 'Delete lease and revoke token' }).tap();
  await row.getByText('Revoked', { exact: true }).waitFor();
  await ana.expectSound();
  await ana.close();
});

test('without a mouse a token is generated, copied and its lease deleted', async () => {
  const ana = await Visitor.open(browser);
  const { page } = ana;
  const keys = new Keys(page);
  await page.goto('/login');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  expect(await page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('email');
  await page.keyboard.type('ana@example.com');
  await page.keyboard.press('Tab');
  await page.keyboard.type('a calm river of tests');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Home' }).waitFor();
  await keys.use(page.getByRole('main').getByRole('link', { name: /Web Shop/ }));
  await keys.use(page.getByRole('link', { name: 'Generate a token of read-logs' }));
  await keys.fill(page.getByLabel('Reason'), 'by-keys');
  await page.keyboard.press('Enter');
  await page.getByText('Shown once.').waitFor();
  await keys.use(page.getByRole('button', { name: 'Copy token' }));
  await page.getByText('Copied').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  const row = page.getByRole('row').filter({ hasText: 'by-keys' });
  await keys.use(row.getByRole('button', { name: /^Delete lease/ }));
  await page.getByRole('dialog').waitFor();
  expect(await page.evaluate(() => document.activeElement?.closest('[role="dialog"]') !== null)).toBe(true);
  await keys.use(page.getByRole('button', { name: 'Delete lease and revoke token' }));
  await row.getByText('Revoked', { exact: true }).waitFor();
  await ana.expectSound();
  await ana.close();
});

test('a server that does not answer is told, with the age of what is shown, until it answers again', async () => {
  const ana = await Visitor.open(browser);
  const { page } = ana;
  await ana.signIn('ana@example.com');
  await page.goto('/p/web-shop/overview');
  await page.getByText('deploy-bot').waitFor();
  await ana.context.setOffline(true);
  await page.getByText('Mayfly does not answer. What you see is from').waitFor({ timeout: 20_000 });
  await page.getByText('deploy-bot').waitFor();
  await ana.picture('stale');
  await page.getByRole('link', { name: 'Approvals' }).click();
  await ana.context.setOffline(false);
  await page
    .getByText('Mayfly does not answer. What you see is from')
    .waitFor({ state: 'detached', timeout: 20_000 });
  await ana.close();
});
