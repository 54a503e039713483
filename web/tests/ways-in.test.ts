import type { CDPSession } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { Visitor } from './harness/browser.ts';
import { type IdentityProvider, startIdentityProvider } from './harness/identity-provider.ts';
import { join, type Person } from './harness/people.ts';
import { asAna } from './harness/projects.ts';
import { browser, withBrowser } from './harness/visits.ts';
import { waitFor } from './harness/waiting.ts';

let caller: Person;
let provider: IdentityProvider;

withBrowser();

beforeAll(async () => {
  caller = await asAna();
  provider = await startIdentityProvider();
});
afterAll(async () => {
  provider.stop();
});

/** A device that holds passkeys and finds its owner present. */
async function plugIn(visitor: Visitor): Promise<CDPSession> {
  const devtools = await visitor.context.newCDPSession(visitor.page);
  await devtools.send('WebAuthn.enable');
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return devtools;
}

test('a passkey is added, renamed, signs in alone, and lets nobody in once it is removed', async () => {
  await join(new URL(inject('api')), caller, 'gil@example.com', 'Gil');
  const gil = await Visitor.open(browser);
  const { page } = gil;
  await plugIn(gil);
  await gil.signIn('gil@example.com');
  await page.goto('/settings/account');
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByLabel(/^Name/).fill('laptop');
  await gil.expectSound();
  await page.getByRole('dialog').getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByRole('button', { name: 'Rename the passkey laptop' }).click();
  await page.getByLabel(/^Name/).fill('blue laptop');
  await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click();
  await page.getByRole('cell', { name: 'blue laptop', exact: true }).waitFor();
  await gil.expectSound();
  await gil.picture('passkeys');

  await gil.context.clearCookies();
  await page.goto('/login');
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await page.getByText('No project yet').waitFor();

  await page.goto('/settings/account');
  await page.getByRole('button', { name: 'Remove the passkey blue laptop' }).click();
  await gil.expectSound();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await page.getByText(/^None yet\. A passkey/).waitFor();
  await gil.context.clearCookies();
  await page.goto('/login');
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await page.getByRole('alert').waitFor();
  await gil.expectSound();
  await gil.close();
});

test('somebody is let in by an identity provider, and comes back to where they were going', async () => {
  await caller.ask('POST', '/api/v1/sso/providers', {
    slug: 'acme',
    name: 'Acme',
    discoveryUrl: provider.issuer,
    caCert: provider.ca,
    clientId: 'mayfly',
    clientSecret: 'shared with nobody',
    emailDomains: ['example.com'],
    joining: 'member',
  });
  const edda = await Visitor.open(browser, { ignoreHTTPSErrors: true });
  await edda.page.goto('/settings/account');
  const way = edda.page.getByRole('link', { name: 'Sign in with Acme' });
  await way.waitFor();
  await edda.expectSound();
  await edda.picture('sign-in-ways');
  await way.click();
  await edda.page.getByRole('heading', { name: 'Settings' }).waitFor();
  await edda.page.getByText('edda@example.com').first().waitFor();
  expect(new URL(edda.page.url()).pathname).toBe('/settings/account');
  await edda.close();
});

test('an identity provider is unlinked by whom it lets in, but not while it is their last way in', async () => {
  const edda = await Visitor.open(browser, { ignoreHTTPSErrors: true });
  const { page } = edda;
  await page.goto('/settings/account');
  await page.getByRole('link', { name: 'Sign in with Acme' }).click();
  const unlink = page.getByRole('button', { name: 'Unlink Acme' });
  await unlink.waitFor();
  expect(await unlink.getAttribute('aria-disabled')).toBe('true');
  await edda.expectSound();
  await plugIn(edda);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByLabel(/^Name/).fill('Her key');
  await page.getByRole('dialog').getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByRole('cell', { name: 'Her key', exact: true }).waitFor();
  await waitFor(
    'the link to be one of two ways in',
    async () => (await unlink.getAttribute('aria-disabled')) !== 'true',
  );
  await unlink.click();
  await page.getByText('You are signed out everywhere, here too').waitFor();
  await edda.expectSound();
  await edda.picture('unlink');
  await page.getByRole('dialog').getByRole('button', { name: 'Unlink', exact: true }).click();
  await page.getByText('Your session ended.').waitFor();
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await page.getByRole('cell', { name: 'Her key', exact: true }).waitFor();
  expect(await page.getByText('Identity providers that vouch for you').count()).toBe(0);
  await edda.expectSound();
  await edda.close();
});
