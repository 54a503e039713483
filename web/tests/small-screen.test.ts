import { expect, test } from 'vitest';
import { Visitor } from './harness/browser.ts';
import { smallTargets } from './harness/targets.ts';
import { browser, withBrowser } from './harness/visits.ts';

const FINGERTIP = 44;
const PHONE = { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true };

withBrowser();

async function expectForThumbs(visitor: Visitor, where: string): Promise<void> {
  await visitor.expectSound(where);
  await visitor.picture(`thumb-${where}`);
  expect.soft(await smallTargets(visitor.page, FINGERTIP), where).toEqual([]);
}

test('on a phone everything from the overview to the audit log fits its width and a thumb', async () => {
  const ana = await Visitor.open(browser, PHONE);
  const { page } = ana;
  await ana.signIn('ana@example.com');
  await page.goto('/p/web-shop/overview?env=dev');
  await page.getByText('read-logs').waitFor();
  await expectForThumbs(ana, 'overview');
  await page.getByRole('link', { name: 'Generate a token of read-logs' }).tap();
  await page.getByRole('dialog').getByLabel('Reason').fill('on-a-phone');
  await expectForThumbs(ana, 'generate');
  await page.getByRole('button', { name: 'Submit' }).tap();
  await page.getByText('Shown once.').waitFor();
  await expectForThumbs(ana, 'reveal');
  await page.getByRole('button', { name: 'Reveal' }).tap();
  await expectForThumbs(ana, 'revealed');
  await page.getByRole('button', { name: 'Copy token' }).tap();
  await page.getByText('Copied', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Done' }).tap();
  const row = page.getByRole('row').filter({ hasText: 'on-a-phone' });
  await row.waitFor();
  await expectForThumbs(ana, 'leases of the secret');
  await row.getByRole('button', { name: /^Delete lease/ }).tap();
  await page.getByRole('dialog').waitFor();
  await expectForThumbs(ana, 'end');
  await page.getByRole('button', { name: 'Delete lease and revoke token' }).tap();
  await row.getByText('Revoked', { exact: true }).waitFor();
  await page.goto('/audit?project=web-shop');
  await page.getByRole('row').filter({ hasText: 'delete-dynamic-secret-lease' }).first().waitFor();
  await expectForThumbs(ana, 'audit');
  await page
    .getByRole('row')
    .filter({ hasText: 'delete-dynamic-secret-lease' })
    .first()
    .getByRole('link')
    .tap();
  await page.getByRole('dialog').getByText('The whole event').waitFor();
  await expectForThumbs(ana, 'audit detail');
  await ana.close();
});
