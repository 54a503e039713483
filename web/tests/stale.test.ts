import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { Visitor } from './harness/browser.ts';
import { join, type Person } from './harness/people.ts';
import { furnishProject } from './harness/projects.ts';
import { browser, withBrowser } from './harness/visits.ts';
import { waitFor } from './harness/waiting.ts';

const PROJECT = 'grown-old';

/** Somebody who holds nothing but what is issued here: the first page shows the first of what one holds. */
let who: Person;
let olga: Visitor;

withBrowser();

beforeAll(async () => {
  const { who: ana, project } = await furnishProject(PROJECT, [['old-bot', 'dev']]);
  who = await join(new URL(inject('api')), ana, 'olga@example.com', 'Olga', 'admin');
  const { user } = await who.ask('GET', '/api/v1/users/me');
  await ana.ask('POST', `/api/v1/projects/${project.id}/memberships/users/${user.id}`, { role: 'admin' });
  olga = await Visitor.open(browser);
  await olga.signIn('olga@example.com');
  await issue('the-first');
});
afterAll(() => olga.close());

function issue(reason: string): Promise<unknown> {
  const wish = { projectSlug: PROJECT, environmentSlug: 'dev', dynamicSecretName: 'old-bot', reason };
  return who.ask('POST', '/api/v1/dynamic-secrets/leases', wish);
}

const PAGES = [
  { path: `/leases?project=${PROJECT}`, shown: 'the-first', later: 'later-in-the-list' },
  { path: `/leases?project=${PROJECT}&group=cluster`, shown: PROJECT, later: 'later-in-groups' },
  { path: `/p/${PROJECT}/e/dev/s/old-bot`, shown: 'the-first', later: 'later-in-the-tab' },
  { path: '/', shown: 'the-first', later: 'later-at-home' },
];

test.each(PAGES)(
  'when asking again fails, $path keeps what it has, says from when, and tries again',
  async one => {
    const { page } = olga;
    await page.goto(one.path);
    const there = page.getByRole('table').getByText(one.shown, { exact: true }).first();
    await there.waitFor();
    await page.route('**/api/v1/leases?*', route =>
      route.fulfill({ status: 500, json: { code: 'internal', message: 'broken on purpose' } }),
    );
    await issue(one.later);
    const notice = page.getByRole('main').getByText('Part of this page could not be asked for again.');
    await notice.waitFor();
    await page.getByText('broken on purpose').first().waitFor();
    expect(await there.isVisible()).toBe(true);
    await olga.picture(`stale-${one.later}`);
    await page.unroute('**/api/v1/leases?*');
    await page.getByRole('main').getByRole('button', { name: 'Try again' }).click();
    await notice.waitFor({ state: 'detached' });
    await waitFor('what was issued meanwhile', async () =>
      one.path.includes('group')
        ? (await page.getByRole('row').filter({ hasText: PROJECT }).innerText()).includes('3')
        : page.getByRole('table').getByText(one.later).first().isVisible(),
    );
    await olga.expectSound();
  },
);

test('the overview keeps an environment that was read once, and says that it could not be read again', async () => {
  const { page } = olga;
  await page.goto(`/p/${PROJECT}/overview?env=dev`);
  await page.getByText('old-bot').waitFor();
  await page.route('**/api/v1/dynamic-secrets?*', route =>
    route.fulfill({ status: 500, json: { code: 'internal', message: 'broken on purpose' } }),
  );
  const place = { projectSlug: PROJECT, environmentSlug: 'dev', path: '/' };
  await who.ask('PATCH', '/api/v1/dynamic-secrets/old-bot', { ...place, data: { defaultTTL: '20m' } });
  await page.getByText('Part of this page could not be asked for again.').waitFor();
  expect(await page.getByText('old-bot').isVisible()).toBe(true);
  await page.unroute('**/api/v1/dynamic-secrets?*');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('Part of this page').waitFor({ state: 'detached' });
  expect(await page.getByText('broken on purpose').count()).toBe(0);
});
