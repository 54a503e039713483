import { beforeAll, expect, test } from 'vitest';
import { furnishProject } from './harness/projects.ts';
import { ana, withAna } from './harness/visits.ts';
import { waitFor } from './harness/waiting.ts';

const PROJECT = 'row-keys';

withAna();

beforeAll(async () => {
  const { who, project } = await furnishProject(PROJECT, [['row-bot', 'dev']]);
  const place = { projectSlug: PROJECT, environmentSlug: 'dev', dynamicSecretName: 'row-bot' };
  for (const reason of ['the-first', 'the-second', 'the-third'])
    await who.ask('POST', '/api/v1/dynamic-secrets/leases', { ...place, reason });
  const folder = { projectId: project.id, environment: 'dev', name: 'nightly', path: '/' };
  await who.ask('POST', '/api/v2/folders', folder);
});

/** What the row that has the focus is called. */
const focused = () => ana.page.evaluate(() => document.activeElement?.closest('tr')?.textContent ?? '');

test('in the list of leases keys move, choose and open the lease of the row, and Esc closes what is on top', async () => {
  const { page } = ana;
  await page.goto(`/leases?project=${PROJECT}`);
  await page.getByText('the-third').waitFor();
  for (const [key, reason] of [
    ['j', 'the-third'],
    ['j', 'the-second'],
    ['j', 'the-first'],
    ['k', 'the-second'],
  ] as const) {
    await page.keyboard.press(key);
    expect(await focused(), key).toContain(reason);
  }
  await page.keyboard.press('x');
  const row = page.getByRole('row').filter({ hasText: 'the-second' });
  expect(await row.getByRole('checkbox').isChecked()).toBe(true);
  await page.keyboard.press('Enter');
  const drawer = page.getByRole('dialog', { name: 'Lease', exact: true });
  await drawer.getByText('the-second').waitFor();
  expect(new URL(page.url()).pathname).toMatch(/^\/leases\/[0-9a-f-]+$/);
  await drawer.getByRole('button', { name: 'Delete lease' }).click();
  const question = page.getByRole('dialog', { name: 'Delete this lease?' });
  await question.waitFor();
  await page.keyboard.press('Escape');
  await question.waitFor({ state: 'detached' });
  expect(await drawer.count()).toBe(1);
  await page.keyboard.press('Escape');
  await drawer.waitFor({ state: 'detached' });
  expect(new URL(page.url()).pathname).toBe('/leases');
  await waitFor('the focus to be back in the row', async () => (await focused()).includes('the-second'));
});

test('in the leases of a dynamic secret the same keys do the same', async () => {
  const { page } = ana;
  await page.goto(`/p/${PROJECT}/e/dev/s/row-bot`);
  await page.getByText('the-third').waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Lease', exact: true }).getByText('the-third').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});

test('in the overview keys choose, open a menu and open what the row is of', async () => {
  const { page } = ana;
  await page.goto(`/p/${PROJECT}/overview`);
  await page.getByText('row-bot').waitFor();
  await page.keyboard.press('j');
  expect(await focused()).toContain('nightly');
  await page.keyboard.press('.');
  await page.getByRole('menuitem', { name: 'Rename…' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('menuitem', { name: 'Rename…' }).waitFor({ state: 'detached' });
  await waitFor('the focus to be back in the row', async () => (await focused()).includes('nightly'));
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.getByText('1 chosen', { exact: true }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'row-bot' }).waitFor();
});

const OTHERS = [
  { path: '/clusters', leads: /^\/clusters\/[0-9a-f-]+$/ },
  { path: '/access/identities', leads: /^\/access\/identities\/[0-9a-f-]+$/ },
  { path: `/audit?project=${PROJECT}`, leads: /^\/audit\/[0-9a-f-]+$/ },
];

test.each(OTHERS)('in the table of $path Enter opens the row', async ({ path, leads }) => {
  const { page } = ana;
  await page.goto(path);
  await page.getByRole('cell').first().waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.waitForURL(url => leads.test(url.pathname));
});
