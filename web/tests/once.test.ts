import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { asAna } from './harness/projects.ts';
import { plant, traces } from './harness/traces.ts';
import { ana, withAna } from './harness/visits.ts';

const SECRET = '/p/web-shop/e/dev/s/read-logs';

withAna();

/** Goes on until a token is handed over, and returns it. */
async function reveal(page: Page, reason: string): Promise<string> {
  await page.goto(`${SECRET}?generate=1&reason=${reason}`);
  await page.getByRole('dialog').getByRole('button', { name: 'Submit' }).click();
  await page.getByText('Shown once.').waitFor();
  await page.getByRole('button', { name: 'Reveal' }).click();
  const token = (await page.locator('output').textContent()) ?? '';
  expect(token).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/);
  return token;
}

test('once its dialog is closed, a token is nowhere in the browser and no request fetches it', async () => {
  const { page } = ana;
  const token = await reveal(page, 'once-only');
  // The part that only this token has; what is searched with finds it while it is there.
  const part = token.slice(-60);
  expect(await traces(page, part)).toEqual(['document']);
  const answers: Promise<[string, string]>[] = [];
  page.on('response', answer => {
    // The stream of events has no end.
    if (answer.url().includes('/api/') && !answer.url().endsWith('/api/v1/events'))
      answers.push(
        answer.text().then(
          text => [answer.url(), text],
          () => [answer.url(), ''],
        ),
      );
  });
  await page.getByRole('button', { name: 'Copy token' }).click();
  await page.getByText('Copied', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  const row = page.getByRole('row').filter({ hasText: 'once-only' });
  await row.waitFor();
  expect(await traces(page, part), 'after Done').toEqual([]);
  await page.goBack();
  await ana.settled();
  expect(await traces(page, part), 'after Back').toEqual([]);
  await page.goForward();
  await page.reload();
  await row.waitFor();
  expect(await traces(page, part), 'after a reload').toEqual([]);
  await row.getByRole('link', { name: /^Lease of/ }).click();
  await page.getByRole('heading', { name: 'Lease', exact: true }).waitFor();
  expect(await traces(page, part), 'at the lease').toEqual([]);
  await ana.expectSound();
  const told = await Promise.all(answers);
  expect(told.some(([url]) => url.includes('/api/v1/leases/'))).toBe(true);
  expect(told.filter(([, text]) => text.includes(part)).map(([url]) => url)).toEqual([]);
});

test('what looks for a token finds whatever there is in each of the places', async () => {
  await ana.page.goto('/settings/about');
  await ana.page.getByRole('heading', { name: 'Settings' }).waitFor();
  expect(await traces(ana.page, 'a-planted-text')).toEqual([]);
  await plant(ana.page, 'a-planted-text');
  expect(await traces(ana.page, 'a-planted-text')).toEqual([
    ...['document', 'fields', 'address', 'history', 'local storage', 'session storage', 'cookies'],
    ...['name of the window', 'others'],
  ]);
});

test('a request that is asked again with its key is answered without the token', async () => {
  const caller = await asAna();
  const { page } = ana;
  const asked = page.waitForRequest(
    request => request.method() === 'POST' && request.url().endsWith('/dynamic-secrets/leases'),
  );
  const token = await reveal(page, 'asked-again');
  const first = await asked;
  const answer = await first.response();
  expect(answer?.headers()['cache-control']).toContain('no-store');
  const { id } = JSON.parse((await answer?.text()) ?? '').lease;
  const again = await page.evaluate(
    async ([url = '', body = '', key = '']) => {
      const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': key };
      const answer = await fetch(url, { method: 'POST', headers, body });
      return { status: answer.status, text: await answer.text() };
    },
    [first.url(), first.postData() ?? '', (await first.headerValue('Idempotency-Key')) ?? ''],
  );
  expect(again.status).toBe(409);
  expect(again.text).not.toContain(token.slice(-60));
  const place = 'projectSlug=web-shop&environmentSlug=dev&path=/';
  for (const path of [
    `/api/v1/leases/${id}?projectSlug=web-shop`,
    `/api/v1/dynamic-secrets/leases/${id}?${place}`,
    `/api/v1/leases?projectSlug=web-shop`,
    `/api/v1/dynamic-secrets/read-logs/leases?${place}`,
    `/api/v1/audit-events?leaseId=${id}`,
  ]) {
    const text = JSON.stringify(await caller.ask('GET', path));
    expect(text, path).toContain(id);
    expect(text, path).not.toContain(token.slice(-60));
  }
});

test('a dialog whose token nobody took asks before it closes, and one whose token was copied closes at once', async () => {
  const { page } = ana;
  await reveal(page, 'guarded');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog', { name: 'Leave without it?' }).waitFor();
  await ana.expectSound();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('dialog', { name: 'Leave without it?' }).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('dialog', { name: 'Leave without it?' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog', { name: 'Leave without it?' }).waitFor({ state: 'detached' });
  await page.getByText('Shown once.').waitFor();
  await page.getByRole('button', { name: 'Copy token' }).click();
  await page.getByText('Copied', { exact: true }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await ana.expectSound();
});

test('a session that ends drops the token that is shown', async () => {
  const { page } = ana;
  const token = await reveal(page, 'signed-out');
  await page.getByRole('button', { name: 'Copy token' }).click();
  await page.getByText('Copied', { exact: true }).waitFor();
  expect((await page.request.post('/api/v1/auth/logout', { data: {} })).ok()).toBe(true);
  await page.getByRole('heading', { name: 'Sign in' }).waitFor({ timeout: 20_000 });
  expect(await traces(page, token.slice(-60))).toEqual([]);
});

test('a lease that is ended while its token is shown takes the token away, and offers another', async () => {
  const { page } = ana;
  const answered = page.waitForResponse(
    answer => answer.request().method() === 'POST' && answer.url().endsWith('/dynamic-secrets/leases'),
  );
  const token = await reveal(page, 'ended-early');
  const { lease } = await (await answered).json();
  const place = { projectSlug: 'web-shop', environmentSlug: 'dev', path: '/' };
  const caller = await asAna();
  await caller.ask('DELETE', `/api/v1/dynamic-secrets/leases/${lease.id}`, place);
  await page.getByText('The lease ended while this was open, and its token is dropped here.').waitFor();
  expect(await traces(page, token.slice(-60))).toEqual([]);
  expect(await page.getByRole('dialog').getByText('ends in').count()).toBe(0);
  await ana.expectSound();
  await ana.picture('reveal-ended');
  await page.getByRole('button', { name: 'Issue a replacement' }).click();
  const form = page.getByRole('dialog').filter({ hasText: 'TTL' });
  expect(await form.getByLabel('Reason').inputValue()).toBe('ended-early');
  await form.getByRole('button', { name: 'Submit' }).click();
  await page.getByText('Shown once.').waitFor();
  await page.getByRole('button', { name: 'Copy token' }).click();
  await page.getByText('Copied', { exact: true }).waitFor();
});

test('a lease whose time is up while its token is shown takes the token away', async () => {
  const { page } = ana;
  await page.clock.install();
  const token = await reveal(page, 'timed-out');
  await page.getByRole('button', { name: 'Copy token' }).focus();
  await page.clock.fastForward('31:00');
  await page.getByText('The lease ended while this was open, and its token is dropped here.').waitFor();
  expect(await traces(page, token.slice(-60))).toEqual([]);
  // What had the focus went with the token.
  await page
    .locator('button:focus')
    .and(page.getByRole('button', { name: 'Issue a replacement' }))
    .waitFor();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});
