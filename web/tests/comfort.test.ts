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
