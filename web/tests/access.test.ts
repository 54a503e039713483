import { beforeAll, expect, inject, test } from 'vitest';
import { join, Person } from './harness/people.ts';
import { asAna } from './harness/projects.ts';
import { makeProject } from './harness/scene.ts';
import { ana, withAna } from './harness/visits.ts';

withAna();

const api = () => new URL(inject('api'));

/** Whether a machine is let in by an access token. */
async function stillCounts(accessToken: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${accessToken}` };
  return (await fetch(new URL('/api/v1/identities/details', api()), { headers })).ok;
}

beforeAll(async () => {
  const caller = await asAna();
  await join(api(), caller, 'hal@example.com', 'Hal');
});

test('a machine is made, gets a client secret that lets it in, and is shut out', async () => {
  const { page } = ana;
  await page.goto('/access/identities');
  await page.getByRole('button', { name: 'New machine identity' }).click();
  await page.getByRole('dialog').getByLabel(/^Name/).fill('ci-payments');
  await page.getByRole('dialog').getByRole('button', { name: 'Add' }).click();
  await page.getByRole('heading', { name: 'ci-payments' }).waitFor();
  const letIn = page.getByRole('button', { name: 'Let it sign in with client secrets' });
  await letIn.or(page.getByRole('button', { name: 'Make a client secret' })).waitFor();
  if (await letIn.isVisible()) await letIn.click();
  await page.getByRole('button', { name: 'Make a client secret' }).click();
  await page.getByLabel('Description').fill('of a test');
  await page.getByRole('dialog').getByRole('button', { name: 'Make a client secret' }).click();
  const clientSecret = (await page.locator('pre').textContent()) ?? '';
  await ana.expectSound();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByText('of a test').waitFor();
  await page.getByRole('cell', { name: 'does not end by itself' }).waitFor();
  await page.getByRole('cell', { name: 'Never', exact: true }).waitFor();
  await page.getByText('None that the audit log still has.').waitFor();
  expect(await page.content()).not.toContain(clientSecret);
  await ana.expectSound();
  await ana.picture('identity');
  const clientId = await page.getByText('Client id').locator('xpath=following-sibling::dd').textContent();
  const machine = new Person(api(), '', '');
  const login = () => machine.ask('POST', '/api/v1/auth/universal-auth/login', { clientId, clientSecret });
  const { accessToken } = await login();
  await page.getByRole('button', { name: /^Revoke the client secret that begins with/ }).click();
  const dialog = page.getByRole('dialog', { name: 'Revoke this client secret?' });
  await dialog.getByText('Access tokens that it was exchanged for live on until they expire').waitFor();
  await ana.expectSound();
  await ana.picture('revoke-client-secret');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  expect((await login()).accessToken).toBeTruthy();
  await page.getByRole('button', { name: /^Revoke the client secret that begins with/ }).click();
  await dialog.getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('cell', { name: 'Revoked' }).waitFor();
  await expect(login()).rejects.toThrow('401');
  expect(await stillCounts(accessToken), 'as the dialog says').toBe(true);
  await page.getByRole('button', { name: 'Shut out' }).click();
  await ana.expectSound();
  await page.getByRole('dialog').getByRole('button', { name: 'Shut out' }).click();
  await page.getByText('Disabled').waitFor();
  expect(await stillCounts(accessToken)).toBe(false);
  await page.reload();
  await page.getByRole('link', { name: 'login-identity-universal-auth' }).first().waitFor();
  const lastSignIn = page.getByText('Last sign-in', { exact: true }).locator('xpath=following-sibling::dd');
  expect(await lastSignIn.textContent()).toMatch(/from (127\.0\.0\.1|::1)$/);
  const secrets = page.getByRole('table', { name: 'Client secrets' });
  await secrets.getByRole('cell', { name: /from (127\.0\.0\.1|::1)$/ }).waitFor();
  await ana.expectSound();
});

test('a role is made by lines, given to somebody, explained, and not removed while it is held', async () => {
  const { page } = ana;
  await page.goto('/access/roles?project=web-shop');
  await page.getByRole('button', { name: 'New role' }).click();
  await page.getByRole('dialog').getByLabel(/^Name/).fill('Dev Issuer');
  await page.getByRole('dialog').getByRole('combobox', { name: 'Environments' }).fill('Dev');
  await page.getByRole('option', { name: 'Development' }).click();
  await page.getByRole('dialog').getByLabel('Folder').fill('/**');
  await ana.expectSound();
  await ana.picture('role-dialog');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByRole('region', { name: 'Dev Issuer' }).getByText('dev-issuer').waitFor();

  await page.getByRole('tab', { name: 'Members' }).click();
  await page.getByRole('button', { name: 'Add a member' }).click();
  await page.getByRole('combobox', { name: 'Who' }).fill('hal');
  await page.getByRole('option', { name: 'hal@example.com' }).click();
  await ana.expectSound();
  await page.getByRole('dialog').getByRole('button', { name: 'Add a member' }).click();
  await page.getByRole('button', { name: 'Change roles of hal@example.com' }).click();
  await page.getByRole('combobox', { name: 'Roles' }).press('Backspace');
  await page.getByRole('combobox', { name: 'Roles' }).fill('Dev');
  await page.getByRole('option', { name: 'Dev Issuer' }).click();
  await page.keyboard.press('Tab');
  await page.getByRole('dialog').getByRole('button', { name: 'Change roles' }).click();
  await page.getByRole('row').filter({ hasText: 'hal@example.com' }).getByText('dev-issuer').waitFor();
  await ana.expectSound();
  await ana.picture('members');

  await page.getByRole('tab', { name: 'Who can' }).click();
  await page.getByRole('combobox', { name: 'Ask about' }).fill('hal');
  await page.getByRole('option', { name: 'hal@example.com' }).click();
  await page.getByText('They may.').waitFor();
  await page.getByRole('combobox', { name: 'Environment' }).click();
  await page.getByRole('option', { name: 'Production' }).click();
  await page.getByText('They may not.').waitFor();
  await ana.expectSound();
  await ana.picture('explain');

  await page.getByRole('tab', { name: 'Roles' }).click();
  await page.getByRole('button', { name: 'Remove Dev Issuer' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('alert').waitFor();
  await ana.expectSound();
});

test('a group is made, somebody is taken in and out again, and it is removed', async () => {
  const { page } = ana;
  await page.goto('/access/groups');
  await page.getByRole('button', { name: 'New group' }).click();
  await page.getByRole('dialog').getByLabel(/^Name/).fill('Deployers');
  await page.getByRole('dialog').getByRole('button', { name: 'Add' }).click();
  const group = page.getByRole('region', { name: 'Deployers' });
  await group.getByText('Nobody is in it.').waitFor();
  await group.getByRole('combobox').fill('hal');
  await page.getByRole('option', { name: 'hal@example.com' }).click();
  await group.getByRole('button', { name: 'Add' }).click();
  await group.getByRole('cell', { name: 'hal@example.com', exact: true }).waitFor();
  await ana.expectSound();
  await ana.picture('groups');
  await group.getByRole('button', { name: 'Remove hal@example.com' }).click();
  await page.getByRole('radio', { name: /go on until|run out/i }).check();
  await ana.expectSound();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await group.getByText('Nobody is in it.').waitFor();
  await group.getByRole('button', { name: 'Remove Deployers' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await page.getByText('No group').waitFor();
});

test('an administrator looks after a person, and not after themselves', async () => {
  const { page } = ana;
  await page.goto('/access/users');
  const own = page.getByRole('button', { name: 'Manage ana@example.com' });
  expect(await own.getAttribute('aria-disabled')).toBe('true');
  await page.getByRole('button', { name: 'Manage hal@example.com' }).click();
  await page.getByRole('menuitem', { name: 'Shut out' }).click();
  await ana.expectSound();
  await page.getByRole('dialog').getByRole('button', { name: 'Shut out' }).click();
  await page.getByRole('row').filter({ hasText: 'hal@example.com' }).getByText('Disabled').waitFor();
  const hal = new Person(api(), 'hal@example.com', 'a calm river of tests');
  await expect(hal.signIn()).rejects.toThrow('401');
  await page.getByRole('button', { name: 'Manage hal@example.com' }).click();
  await page.getByRole('menuitem', { name: 'Make a link for a new password' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Make a link for a new password' }).click();
  await page.getByRole('dialog').locator('pre').getByText('/reset-password#').waitFor();
  await ana.expectSound();
});

test('a role for a time stays so when another one is given beside it', async () => {
  const { page } = ana;
  const caller = await asAna();
  const ivy = await join(api(), caller, 'ivy@example.com', 'Ivy');
  const { user } = await ivy.ask('GET', '/api/v1/users/me');
  const { id } = await makeProject(caller, 'For a time', 'for-a-time');
  const path = `/api/v1/projects/${id}/memberships/users/${user.id}`;
  await caller.ask('POST', path, { role: 'viewer' });
  const given = { role: 'viewer', isTemporary: true, temporaryMode: 'relative', temporaryRange: '8h' };
  const before = await caller.ask('PATCH', path, { roles: [given] });

  await page.goto('/access/members?project=for-a-time');
  await page.getByRole('row').filter({ hasText: 'ivy@example.com' }).getByText('viewer (8h)').waitFor();
  await page.getByRole('button', { name: 'Change roles of ivy@example.com' }).click();
  await page.getByRole('combobox', { name: 'Roles' }).fill('Member');
  await page.getByRole('option', { name: 'Member' }).click();
  await page.keyboard.press('Tab');
  await page.getByRole('dialog').getByRole('button', { name: 'Change roles' }).click();
  await page.getByText('viewer (8h), member').waitFor();
  await ana.expectSound();

  const listed = `/api/v1/projects/${id}/memberships/users?limit=100&offset=0`;
  const { userMemberships } = await caller.ask('GET', listed);
  const hers = userMemberships.find((one: { user: { email: string } }) => one.user.email === ivy.email);
  expect(hers.roles).toHaveLength(2);
  expect(hers.roles[0]).toEqual(before.roles[0]);
  await caller.ask('DELETE', `/api/v1/projects/${id}`);
});
