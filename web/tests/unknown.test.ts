import { expect, test } from 'vitest';
import { ana, withAna } from './harness/visits.ts';

withAna();

const TITLE = 'The address names what is not here';

/** Pages that an unknown part would widen, what is said of it, and what is left of the address without it. */
const ADDRESSES = [
  { path: '/leases?project=nope&q=x', says: 'Project “nope”', left: '?q=x' },
  { path: '/leases?project=web-shop&env=nope', says: 'Environment “nope”', left: '?project=web-shop' },
  { path: '/leases?env=dev', says: 'Environment “dev”', left: '' },
  { path: '/leases?environment=dev', says: 'environment “dev”', left: '' },
  { path: '/leases?status=nope', says: 'Status “nope”', left: '' },
  { path: '/p/web-shop/e/dev/s/deploy-bot?status=nope', says: 'Status “nope”', left: '' },
  { path: '/p/web-shop/overview?env=nope&q=bot', says: 'Environment “nope”', left: '?q=bot' },
  { path: '/audit?project=nope&outcome=success', says: 'Project “nope”', left: '?outcome=success' },
  { path: '/audit?last=9h', says: 'When “9h”', left: '' },
  { path: '/approvals?project=nope', says: 'Project “nope”', left: '' },
  { path: '/access/members?project=nope', says: 'Project “nope”', left: '' },
  {
    path: '/access/check?project=web-shop&env=nope',
    says: 'Environment “nope”',
    left: '?project=web-shop',
  },
];

test.each(ADDRESSES)('$path shows nothing more than it names, and says so', async ({ path, says, left }) => {
  const { page } = ana;
  await page.goto(path);
  const panel = page.getByRole('status').filter({ hasText: TITLE });
  await panel.getByText(says).waitFor();
  expect(await page.getByRole('table').count()).toBe(0);
  await panel.getByRole('button', { name: 'Go on without it' }).click();
  await panel.waitFor({ state: 'detached' });
  expect(new URL(page.url()).search).toBe(left);
});

test('environments that are there are shown beside the word that another one is not', async () => {
  const { page } = ana;
  await page.goto('/p/web-shop/overview?env=prod,nope');
  const panel = page.getByRole('status').filter({ hasText: TITLE });
  await panel.getByText('Environment “nope”').waitFor();
  await page.getByRole('columnheader', { name: 'Production' }).waitFor();
  expect(await page.getByRole('columnheader', { name: 'Development' }).count()).toBe(0);
  await ana.expectSound();
  await ana.picture('unknown-environment');
  await panel.getByRole('button', { name: 'Go on without it' }).click();
  await panel.waitFor({ state: 'detached' });
  expect(new URL(page.url()).searchParams.get('env')).toBe('prod');
});
