import { afterEach, beforeEach, expect, test } from 'vitest';
import { Visitor } from './harness/browser.ts';
import { asAna } from './harness/projects.ts';
import { browser, withBrowser } from './harness/visits.ts';
import { waitFor } from './harness/waiting.ts';

let ana: Visitor;

withBrowser();

beforeEach(async () => {
  ana = await Visitor.open(browser);
});
afterEach(async () => {
  expect(ana.faults).toEqual([]);
  await ana.close();
});

/** The browser's notifications, remembered instead of shown, and whether it gives leave for them. */
async function rememberNotifications(leave: 'granted' | 'denied') {
  await ana.context.addInitScript(answer => {
    class Remembered {
      static permission = localStorage.getItem('test.leave') ?? 'default';
      static async requestPermission() {
        localStorage.setItem('test.leave', answer);
        Remembered.permission = answer;
        return answer;
      }
      constructor(title: string) {
        const all = JSON.parse(localStorage.getItem('test.told') ?? '[]');
        localStorage.setItem('test.told', JSON.stringify([...all, title]));
      }
      close() {}
    }
    Object.assign(window, { Notification: Remembered });
  }, leave);
}

const told = (): Promise<string[]> =>
  ana.page.evaluate(() => JSON.parse(localStorage.getItem('test.told') ?? '[]'));

test('a session that nobody uses asks two minutes before its end, and goes on when wanted', async () => {
  const { page } = ana;
  await page.clock.install();
  await ana.signIn('ana@example.com');
  const asked = page.waitForResponse('**/api/v1/auth/sessions');
  await page.clock.fastForward('00:10');
  await asked;
  // Ten minutes without a hand on anything: then the page asks nothing by itself any more.
  await page.clock.fastForward('10:30');
  await ana.settled();
  const dialog = page.getByRole('dialog', { name: 'Your session is about to end' });
  let passed = 0;
  for (; passed < 40 && !(await dialog.isVisible()); passed++) await page.clock.fastForward('01:00');
  expect(passed).toBeGreaterThan(10);
  await dialog.getByText(/it ends in 1 min/).waitFor();
  await ana.expectSound();
  await ana.picture('session-ends');
  const used = page.waitForResponse('**/api/v1/auth/sessions');
  await page.getByRole('button', { name: 'Stay signed in' }).press('Enter');
  await used;
  await dialog.waitFor({ state: 'detached' });
});

test('a session that cannot go on says so before it ends', async () => {
  const { page } = ana;
  // (stub) Twelve hours pass for no test.
  await page.route('**/api/v1/auth/sessions', async route => {
    const answer = await route.fetch();
    const { sessions } = await answer.json();
    const expiresAt = new Date(Date.now() + 90_000).toISOString();
    await route.fulfill({ json: { sessions: sessions.map((one: object) => ({ ...one, expiresAt })) } });
  });
  await ana.signIn('ana@example.com');
  await page.getByText('It has lasted as long as a session may.').waitFor();
  expect(await page.getByRole('button', { name: 'Stay signed in' }).count()).toBe(0);
  await ana.expectSound();
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});

test('notifications are off until switched on, ask the browser, and tell of a lease before it ends', async () => {
  const { page } = ana;
  await rememberNotifications('granted');
  await page.clock.install();
  await ana.signIn('ana@example.com');
  await page.goto('/settings/notifications');
  const ending = page.getByRole('switch', { name: 'A lease of mine ends in 10 minutes' });
  const failing = page.getByRole('switch', { name: 'The clean-up of a lease failed' });
  await ending.waitFor();
  expect([await ending.isChecked(), await failing.isChecked()]).toEqual([false, false]);
  await ending.check({ force: true });
  await page.reload();
  await ending.waitFor();
  expect([await ending.isChecked(), await failing.isChecked()]).toEqual([true, false]);
  await ana.expectSound();
  await ana.picture('notifications');
  await (await asAna()).ask('POST', '/api/v1/dynamic-secrets/leases', {
    dynamicSecretName: 'deploy-bot',
    projectSlug: 'web-shop',
    environmentSlug: 'dev',
    ttl: '12m',
  });
  const held = page.waitForResponse('**/api/v1/leases?*state=active*');
  await page.clock.fastForward('00:31');
  await held;
  expect(await told()).toEqual([]);
  await page.clock.fastForward('01:40');
  await waitFor('the notification', async () => (await told()).length > 0);
  expect((await told()).filter(title => title.startsWith('deploy-bot ends in 9 min'))).toHaveLength(1);
});

test('a failed clean-up is told of where that was asked for, and a browser that refuses is believed', async () => {
  const { page } = ana;
  await rememberNotifications('granted');
  // (stub) A cluster that loses what Mayfly may do there is a scenario of its own.
  const { id: projectId } = await (await asAna()).ask('GET', '/api/v1/projects/slug/web-shop');
  await page.route('**/api/v1/leases?*hasFailed=true*', async route => {
    const answer = await route.fetch();
    const lease = {
      id: '019a0000-0000-7000-8000-000000000000',
      projectId,
      dynamicSecretName: 'read-logs',
      holder: { name: 'ana' },
      status: 'Failed to delete',
      state: 'ending',
    };
    await route.fulfill({ json: { ...(await answer.json()), leases: [lease] } });
  });
  await ana.signIn('ana@example.com');
  await page.goto('/settings/notifications');
  await page.getByRole('switch', { name: 'The clean-up of a lease failed' }).check({ force: true });
  await waitFor('the notification', async () => (await told()).includes('The clean-up of read-logs failed'));
  await page.evaluate(() => localStorage.clear());
  await rememberNotifications('denied');
  await page.reload();
  const ending = page.getByRole('switch', { name: 'A lease of mine ends in 10 minutes' });
  await ending.click({ force: true });
  await page.getByText('does not let Mayfly show notifications').waitFor();
  expect(await ending.isChecked()).toBe(false);
  await ana.expectSound();
});
