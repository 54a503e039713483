import { beforeAll, expect, inject, test } from 'vitest';
import { Visitor } from './harness/browser.ts';
import { join } from './harness/people.ts';
import { asAna } from './harness/projects.ts';
import { browser, withBrowser } from './harness/visits.ts';

withBrowser();

beforeAll(async () => {
  const api = new URL(inject('api'));
  const ana = await asAna();
  const project = await ana.ask('GET', '/api/v1/projects/slug/web-shop');
  const prod = project.environments.find((environment: { slug: string }) => environment.slug === 'prod');
  // Whom Ana herself invited might be Ana, so their word would not count beside hers.
  const dan = await join(api, ana, 'dan@example.com', 'Dan', 'admin');
  const cara = await join(api, dan, 'cara@example.com', 'Cara');
  const { user } = await cara.ask('GET', '/api/v1/users/me');
  await ana.ask('POST', `/api/v1/projects/${project.id}/memberships/users/${user.id}`, { role: 'admin' });
  const policy = { requiresReason: true, approval: { approvals: 1, validFor: '30m' } };
  await ana.ask('PATCH', `/api/v1/projects/${project.id}/environments/${prod.id}/policy`, policy);
});

test('a token that needs the word of another person is asked for, approved, and taken once', async () => {
  const ana = await Visitor.open(browser);
  await ana.signIn('ana@example.com');
  await ana.page.goto('/p/web-shop/e/prod/s/deploy-bot?generate=1');
  await ana.page.getByText('Another person has to agree').waitFor();
  await ana.page.getByRole('button', { name: 'Submit' }).click();
  await ana.page.getByText('This environment asks for a reason.').waitFor();
  await ana.page.getByLabel(/^Reason/).fill('rollout');
  await ana.page.getByRole('button', { name: 'Submit' }).click();
  await ana.page.getByText('Others were asked to agree.').waitFor();
  await ana.expectSound();
  await ana.picture('approval-asked');
  await ana.page.getByRole('dialog').getByRole('link', { name: 'Approvals' }).click();
  const mine = ana.page.getByRole('row').filter({ hasText: 'rollout' });
  await mine.getByText('Waiting').waitFor();
  expect(await mine.getByRole('button', { name: 'Approve' }).getAttribute('aria-disabled')).toBe('true');

  const cara = await Visitor.open(browser);
  await cara.signIn('cara@example.com');
  await cara.page.goto('/approvals?project=web-shop');
  await cara.page
    .getByRole('row')
    .filter({ hasText: 'rollout' })
    .getByRole('button', { name: 'Approve' })
    .click();
  await cara.expectSound();
  await cara.picture('approve');
  await cara.page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
  await cara.page.getByText('Approved').waitFor();
  await cara.expectSound();
  await cara.close();

  await mine.getByRole('button', { name: 'Take the token' }).click();
  await ana.page.getByText('Shown once.').waitFor();
  await ana.page.getByRole('button', { name: 'Copy token' }).click();
  await ana.page.getByText('Copied', { exact: true }).waitFor();
  await ana.page.getByRole('button', { name: 'Done' }).click();
  await mine.getByText('Used').waitFor();
  await ana.expectSound();
  await ana.picture('approval-used');
  await ana.close();
});

test('a policy that is made stricter counts at once', async () => {
  const ana = await Visitor.open(browser);
  await ana.signIn('ana@example.com');
  await ana.page.goto('/p/web-shop/settings');
  const staging = ana.page.getByRole('region', { name: 'Staging' });
  await staging.getByRole('switch', { name: 'Each lease needs a reason' }).check();
  await staging.getByRole('button', { name: 'Save' }).click();
  await ana.page.getByText('The policy was saved.').waitFor();
  await ana.expectSound();
  await ana.picture('policies');
  await ana.page.reload();
  await staging.getByRole('switch', { name: 'Each lease needs a reason', checked: true }).waitFor();
  await ana.close();
});
