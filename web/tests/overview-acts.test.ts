import { expect, inject, test } from 'vitest';
import { Visitor } from './harness/browser.ts';
import { ACCOUNT, NAMESPACE } from './harness/cluster.ts';
import { join } from './harness/people.ts';
import { furnishProject } from './harness/projects.ts';
import { ana, browser, withAna } from './harness/visits.ts';

withAna();

test('a folder is renamed, and deleted only with what is in it named and wanted', async () => {
  const { page } = ana;
  const { who, project } = await furnishProject('folders', []);
  for (const environment of ['dev', 'prod'])
    await who.ask('POST', '/api/v2/folders', { projectId: project.id, environment, name: 'old', path: '/' });
  await page.goto('/p/folders/overview');
  await page.getByRole('button', { name: 'What to do with the folder old' }).click();
  await page.getByRole('menuitem', { name: 'Rename…' }).click();
  await page.getByText('find nothing there any more').waitFor();
  await page.getByLabel(/^Name/).fill('team-a');
  await ana.expectSound();
  await page.getByRole('button', { name: 'Rename', exact: true }).click();
  await page.getByRole('link', { name: 'team-a/' }).waitFor();
  await page.getByRole('link', { name: 'old/' }).waitFor({ state: 'detached' });
  const { clusterConnections } = await who.ask('GET', '/api/v1/cluster-connections?limit=100');
  const { id } = clusterConnections.find((one: { name?: string }) => one.name === 'folders');
  await who.ask('POST', '/api/v1/dynamic-secrets', {
    name: 'inside',
    projectSlug: 'folders',
    environmentSlug: 'prod',
    path: '/team-a',
    defaultTTL: '30m',
    provider: {
      type: 'kubernetes',
      inputs: {
        credentialType: 'static',
        namespace: NAMESPACE,
        serviceAccountName: ACCOUNT,
        revocable: false,
        clusterConnectionId: id,
      },
    },
  });
  await who.ask('POST', '/api/v1/dynamic-secrets/leases', {
    dynamicSecretName: 'inside',
    projectSlug: 'folders',
    environmentSlug: 'prod',
    path: '/team-a',
  });
  await page.getByRole('button', { name: 'What to do with the folder team-a' }).click();
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  await page.getByText('inside (prod)').waitFor();
  await page.getByText('1 live lease of them ends now.').waitFor();
  const act = page.getByRole('button', { name: 'Delete the folder' });
  expect(await act.getAttribute('aria-disabled')).toBe('true');
  await ana.expectSound();
  await ana.picture('folder-delete');
  await page.getByLabel('Delete what is in it, too').check();
  await act.click();
  await page.getByRole('link', { name: 'team-a/' }).waitFor({ state: 'detached' });
  const { leases } = await who.ask('GET', '/api/v1/leases?projectSlug=folders');
  expect(leases.map((lease: { state: string }) => lease.state)).toEqual(['closed']);
});

test('by d a secret is duplicated, and by its empty cell it is copied to that environment', async () => {
  const { page } = ana;
  await furnishProject('copies', [['job', 'dev']]);
  await page.goto('/p/copies/overview');
  await page.getByRole('row').filter({ hasText: 'job' }).focus();
  await page.keyboard.press('d');
  await page.getByText('Everything is as in job').waitFor();
  await page.getByLabel(/^Secret Name/).waitFor();
  expect(await page.getByLabel(/^Secret Name/).inputValue()).toBe('job-copy');
  expect(await page.getByRole('combobox', { name: 'Service Account Name' }).inputValue()).toBe(ACCOUNT);
  await ana.expectSound();
  await page.goto('/p/copies/overview');
  await page.getByRole('button', { name: 'job in Production: not here' }).click();
  await page.getByRole('menuitem', { name: 'Copy it from Development' }).click();
  await page.getByText('Everything is as in job').waitFor();
  expect(await page.getByLabel(/^Secret Name/).inputValue()).toBe('job');
  await page.getByRole('button', { name: 'Submit' }).click();
  await page.getByRole('link', { name: 'job in Production: 0 live leases' }).waitFor();
  await ana.expectSound();
});

test('chosen secrets are deleted together, with their leases as was said, and each tells what became of it', async () => {
  const { page } = ana;
  const { who } = await furnishProject('bulky', [
    ['one', 'dev'],
    ['one', 'prod'],
    ['two', 'dev'],
    ['three', 'dev'],
  ]);
  await who.ask('POST', '/api/v1/dynamic-secrets/leases', {
    dynamicSecretName: 'two',
    projectSlug: 'bulky',
    environmentSlug: 'dev',
  });
  await page.goto('/p/bulky/overview');
  await page.getByRole('row').filter({ hasText: 'one' }).focus();
  await page.keyboard.press('x');
  await page.getByLabel('Choose two').check();
  await page.getByText('2 chosen').waitFor();
  await page.getByRole('link', { name: 'two in Development: 1 live lease' }).waitFor();
  await page.getByRole('button', { name: 'Delete…' }).click();
  await page.getByText('Delete 3 dynamic secrets?').waitFor();
  const act = page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true });
  expect(await act.getAttribute('aria-disabled')).toBe('true');
  await page.getByLabel('Run out').check();
  await ana.expectSound();
  await ana.picture('bulk-delete');
  // Somebody else is faster with one of them.
  await who.ask('DELETE', '/api/v1/dynamic-secrets/one', {
    projectSlug: 'bulky',
    environmentSlug: 'prod',
  });
  await act.click();
  await page.getByText('not deleted:').waitFor();
  await page.getByRole('dialog').getByText('deleted', { exact: true }).nth(1).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'two in Development' }).waitFor({ state: 'detached' });
  await page.getByText('three').waitFor();
  const { leases } = await who.ask('GET', '/api/v1/leases?projectSlug=bulky');
  expect(leases.map((lease: { state: string }) => lease.state)).toEqual(['active']);
  await ana.expectSound();
});

test('who was given a token last is told for each secret', async () => {
  const { page } = ana;
  const { who } = await furnishProject('issued', [
    ['fresh', 'dev'],
    ['unused', 'dev'],
  ]);
  await who.ask('POST', '/api/v1/dynamic-secrets/leases', {
    dynamicSecretName: 'fresh',
    projectSlug: 'issued',
    environmentSlug: 'dev',
  });
  await page.goto('/p/issued/overview');
  const fresh = page.getByRole('row').filter({ hasText: 'fresh' });
  await fresh.getByText('ana@example.com').waitFor();
  expect(await page.getByRole('row').filter({ hasText: 'unused' }).getByText('never').count()).toBe(1);
  await ana.expectSound();
  await ana.picture('overview-issued');
});

test('an environment that one may not read is a locked column, and one that fails leaves the others', async () => {
  const { who, project } = await furnishProject('locked', [
    ['job', 'dev'],
    ['job', 'prod'],
  ]);
  const rules = ['secret-folders', 'dynamic-secrets'].map(subject => ({
    subject,
    action: subject === 'secret-folders' ? ['read'] : ['read-root-credential'],
    conditions: { environment: 'dev' },
  }));
  await who.ask('POST', `/api/v1/projects/${project.id}/roles`, {
    slug: 'dev-only',
    name: 'Only Development',
    permissions: [...rules, { subject: 'project', action: ['read'] }],
  });
  const dora = await join(new URL(inject('api')), who, 'lotte@example.com', 'Lotte');
  const { user } = await dora.ask('GET', '/api/v1/users/me');
  await who.ask('POST', `/api/v1/projects/${project.id}/memberships/users/${user.id}`, {
    roles: [{ role: 'dev-only' }],
  });
  const visitor = await Visitor.open(browser);
  await visitor.signIn('lotte@example.com');
  const { page } = visitor;
  await page.goto('/p/locked/overview');
  const row = page.getByRole('row').filter({ hasText: 'job' });
  await row.getByRole('link', { name: 'job in Development' }).waitFor();
  await row.getByText('not for you to see').first().waitFor();
  await page.getByRole('columnheader', { name: 'Production' }).waitFor();
  expect(await page.getByRole('alert').count()).toBe(0);
  await visitor.expectSound();
  await visitor.picture('overview-locked');
  await page.route('**/api/v1/dynamic-secrets?*environmentSlug=dev*', route =>
    route.fulfill({ status: 500, json: { code: 'internal', message: 'broken on purpose' } }),
  );
  await page.reload();
  await page.getByRole('alert').getByText('broken on purpose').waitFor();
  expect(await page.getByText('No dynamic secret here').count()).toBe(0);
  await visitor.close();
});
