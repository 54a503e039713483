import { expect, test } from 'vitest';
import { ana, withAna } from './harness/visits.ts';
import { waitFor } from './harness/waiting.ts';

withAna();

test('a few letters lead to the dialog that generates, and nothing is issued by that', async () => {
  const { page } = ana;
  const sent: string[] = [];
  page.on('request', request => {
    if (request.method() === 'POST' && request.url().endsWith('/leases')) sent.push(request.url());
  });
  await page.getByRole('heading', { name: 'Home' }).waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Search or run a command' }).fill('gen dep prod');
  const first = page.getByRole('option', { selected: true });
  await first
    .filter({ hasText: 'deploy-bot · Production · Web Shop' })
    .filter({ hasText: 'Generate' })
    .waitFor();
  await ana.expectSound();
  await ana.picture('palette');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByText('deploy-bot · prod').waitFor();
  await page.getByRole('dialog').getByLabel('TTL').waitFor();
  expect(page.url()).toContain('generate=true');
  expect(sent).toEqual([]);
});

test.for(['gw-eu', 'pool-eu'])('a gateway and a pool are found by their names: %s', async name => {
  const { page } = ana;
  await page.getByRole('heading', { name: 'Home' }).waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Search or run a command' }).fill(name);
  await page.getByRole('option', { selected: true }).filter({ hasText: name }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name, level: 1 }).waitFor();
});

test('what is not there is said not to be, and Escape gives the focus back', async () => {
  const { page } = ana;
  const opener = page.getByRole('button', { name: 'Search or run a command' });
  await opener.press('Enter');
  await page.getByRole('combobox', { name: 'Search or run a command' }).fill('no such thing');
  await page.getByText('Nothing is called that.').waitFor();
  await ana.expectSound();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await waitFor('the focus to be back', () => opener.evaluate(button => button === document.activeElement));
});

test('rows are walked, opened and used by single keys, unless they are switched off', async () => {
  const { page } = ana;
  await page.goto('/p/web-shop/overview?env=dev');
  await page.getByText('deploy-bot').waitFor();
  const row = () => page.evaluate(() => document.activeElement?.closest('tr')?.textContent ?? '');
  // Others of the tests' secrets may stand before it.
  for (let steps = 0; steps < 50 && !(await row()).includes('deploy-bot'); steps++)
    await page.keyboard.press('j');
  await page.keyboard.press('j');
  expect(await row()).not.toContain('deploy-bot');
  await page.keyboard.press('k');
  expect(await row()).toContain('deploy-bot');
  await page.keyboard.press('t');
  await page.getByRole('dialog').getByLabel('TTL').waitFor();
  await page.keyboard.press('2');
  expect(await page.getByRole('dialog').getByLabel('TTL').inputValue()).toBe('30m');
  await page.keyboard.press('1');
  expect(await page.getByRole('dialog').getByLabel('TTL').inputValue()).toBe('10m');
  await page.keyboard.press('Escape');
  await page.goto('/p/web-shop/overview');
  await page.getByText('deploy-bot').waitFor();
  await page.keyboard.press('/');
  expect(await page.evaluate(() => document.activeElement?.getAttribute('placeholder'))).toBe('Find by name');
  await page.goto('/settings/keyboard');
  await page.getByRole('switch', { name: 'Single keys do something' }).uncheck();
  await page.keyboard.press('g');
  await page.keyboard.press('l');
  expect(new URL(page.url()).pathname).toBe('/settings/keyboard');
});

test('rows, zone and hours are chosen once and count on every page', async () => {
  const { page } = ana;
  await page.goto('/settings/appearance');
  await page.getByRole('radio', { name: 'Compact' }).check();
  await page.getByRole('radio', { name: '1 to 12' }).check();
  await page.getByRole('combobox', { name: 'Time zone' }).fill('Asia/Tokyo');
  await page.getByRole('option', { name: 'Asia/Tokyo' }).click();
  await page.getByRole('contentinfo').getByText('Asia/Tokyo').waitFor();
  await ana.expectSound();
  await page.goto('/audit');
  const at = page.getByRole('row').nth(1).locator('time');
  const told = await at.textContent();
  const moment = new Date((await at.getAttribute('datetime')) ?? '');
  const options = {
    timeStyle: 'medium',
    hourCycle: 'h12',
    timeZone: 'Asia/Tokyo',
  } as const;
  expect(told).toBe(new Intl.DateTimeFormat('en-US', options).format(moment));
  const padding = await page
    .getByRole('cell')
    .first()
    .evaluate(cell => getComputedStyle(cell).paddingTop);
  expect(padding).toBe('3px');
  await ana.picture('audit-compact');
});
