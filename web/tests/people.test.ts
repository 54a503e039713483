import { createHmac } from 'node:crypto';
import { beforeAll, expect, inject, test } from 'vitest';
import { Visitor } from './harness/browser.ts';
import { join, type Person } from './harness/people.ts';
import { asAna } from './harness/projects.ts';
import { browser, withBrowser } from './harness/visits.ts';

let caller: Person;

withBrowser();

beforeAll(async () => {
  caller = await asAna();
});

/** Six digits of an authenticator (RFC 6238). */
function codeOf(secret: string, at: number): string {
  const bits = [...secret.replace(/=+$/, '')].map(letter =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2),
  );
  const joined = bits.map(five => five.padStart(5, '0')).join('');
  const key = Buffer.from((joined.match(/.{8}/g) ?? []).map(eight => Number.parseInt(eight, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const digest = createHmac('sha1', key).update(counter).digest();
  const offset = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

test('somebody is invited by a link that leaves no trace in the address, and joins', async () => {
  const ana = await Visitor.open(browser);
  await ana.signIn('ana@example.com');
  await ana.page.goto('/access/users');
  await ana.page.getByRole('button', { name: 'Invite somebody' }).click();
  await ana.page.getByLabel('Email').fill('dora@example.com');
  await ana.page.getByRole('button', { name: 'Make the link' }).click();
  const link = (await ana.page.locator('pre').textContent()) ?? '';
  await ana.expectSound();
  await ana.close();

  const dora = await Visitor.open(browser);
  const { pathname, hash } = new URL(link);
  await dora.page.goto(`${pathname}${hash}`);
  await dora.page.getByLabel('Your name').fill('Dora');
  expect(dora.page.url()).not.toContain('#');
  await dora.expectSound();
  await dora.picture('join');
  // Who leaves the page and comes back has the link, or nothing.
  await dora.follow('/login');
  await dora.page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await dora.page.goBack();
  await dora.page.getByText('This link is not complete').waitFor();
  await dora.page.goto('about:blank');
  await dora.page.goto(`${pathname}${hash}`);
  await dora.page.getByLabel('Your name').fill('Dora');
  await dora.page.getByLabel(/^New password/).fill('a calm river of tests');
  await dora.page.getByRole('button', { name: 'Join' }).click();
  await dora.page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await dora.fillSignIn('dora@example.com');
  await dora.page.getByText('No project yet').waitFor();
  await dora.close();
});

test('a second factor is set up, and asked for from then on', async () => {
  await join(new URL(inject('api')), caller, 'finn@example.com', 'Finn');
  const finn = await Visitor.open(browser);
  const { page } = finn;
  await finn.signIn('finn@example.com');
  await page.goto('/settings/account');
  // Joining signed in, too, which is another session.
  const sessions = page.getByRole('table', { name: 'Where you are signed in' });
  const third = sessions.getByRole('row').nth(2);
  await third.waitFor();
  await page.getByRole('button', { name: 'Sign out everywhere else' }).click();
  const asks = page.getByRole('dialog', { name: 'Sign out everywhere else?' });
  await asks.getByText('Your leases and their tokens go on as they are.').waitFor();
  await finn.expectSound();
  await asks.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await third.waitFor({ state: 'detached' });
  const factor = page.getByRole('region', { name: 'Second factor' });
  await factor.getByLabel(/^Your password now/).fill('a calm river of tests');
  await factor.getByRole('button', { name: 'Set up a second factor' }).click();
  const secret = (await factor.locator('pre').textContent()) ?? '';
  await finn.expectSound();
  await factor.getByLabel(/^Code of your second factor/).fill(codeOf(secret, Date.now() - 30_000));
  await factor.getByRole('button', { name: 'Switch it on' }).click();
  await factor.getByText('Keep these somewhere safe').waitFor();
  await finn.expectSound();
  await finn.picture('second-factor');
  await finn.context.clearCookies();
  await page.goto('/login');
  await finn.fillSignIn('finn@example.com');
  await page.getByLabel(/^Code of your second factor/).fill(codeOf(secret, Date.now()));
  await finn.expectSound();
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('No project yet').waitFor();
  await finn.close();
});
