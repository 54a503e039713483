import { expect, test } from 'vitest';
import { launch, Visitor } from './harness/browser.ts';

test('whoever wants nothing to move gets that at once, whatever the system says, and after a reload', async () => {
  const browser = await launch();
  const ana = await Visitor.open(browser);
  const { page } = ana;
  await ana.signIn('ana@example.com');
  await page.goto('/settings/appearance');
  const choice = page.getByRole('radiogroup', { name: 'Motion' });
  await choice.getByLabel('Nothing moves').waitFor();
  const longest = () =>
    page.evaluate(() =>
      Math.max(
        ...[...document.querySelectorAll('*')].flatMap(one =>
          getComputedStyle(one).transitionDuration.split(',').map(Number.parseFloat),
        ),
      ),
    );
  expect(await longest()).toBeGreaterThan(0.01);
  await choice.getByLabel('Nothing moves').check();
  expect(await longest()).toBeLessThan(0.01);
  await ana.expectSound();
  await page.reload();
  await choice.waitFor();
  expect(await longest()).toBeLessThan(0.01);
  await choice.getByLabel('As your system wants it').check();
  expect(await longest()).toBeGreaterThan(0.01);
  await browser.close();
});

test('the exact time is told where a pointer or the focus is on a time, and Escape puts it away', async () => {
  const browser = await launch();
  const ana = await Visitor.open(browser);
  const { page } = ana;
  await ana.signIn('ana@example.com');
  await page.goto('/p/web-shop/e/dev/s/deploy-bot?tab=activity');
  const time = page.locator('main time[tabindex="0"]').first();
  const told = page.getByRole('tooltip').filter({ hasText: String(new Date().getFullYear()) });
  await time.hover();
  await told.waitFor();
  expect(await time.getAttribute('aria-describedby')).toBe(await told.locator('[id]').getAttribute('id'));
  await page.keyboard.press('Escape');
  await told.waitFor({ state: 'detached' });
  await page.mouse.move(0, 0);
  await time.focus();
  await told.waitFor();
  await time.blur();
  await told.waitFor({ state: 'detached' });
  expect(ana.faults).toEqual([]);
  await browser.close();
});
