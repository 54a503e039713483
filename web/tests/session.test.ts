import { expect, inject, test } from 'vitest';
import { Visitor } from './harness/browser.ts';
import { Person } from './harness/people.ts';
import { browser, withBrowser } from './harness/visits.ts';

withBrowser();

test('a wrong password is refused without saying what was wrong', async () => {
  const nobody = await Visitor.open(browser);
  await nobody.page.goto('/login');
  await nobody.fillSignIn('ana@example.com', 'not the password at all');
  await nobody.page.getByText('Email and password were not accepted.').waitFor();
  await nobody.expectSound();
  await nobody.picture('sign-in-refused');
  await nobody.close();
});

test('whoever is not signed in comes back to where they were going', async () => {
  const ana = await Visitor.open(browser);
  await ana.page.goto('/leases?project=web-shop&status=over');
  await ana.page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await ana.fillSignIn('ana@example.com');
  await ana.page.getByRole('heading', { name: 'Leases' }).waitFor();
  expect(new URL(ana.page.url()).search).toBe('?project=web-shop&status=over');
  await ana.close();
});

test('whoever opens a link with a session that is over signs in and finds what the link says', async () => {
  const ana = await Visitor.open(browser);
  await ana.signIn('ana@example.com');
  const elsewhere = new Person(new URL(inject('api')), 'ana@example.com', 'a calm river of tests');
  await (await elsewhere.signIn()).ask('POST', '/api/v1/auth/sessions/end-others');
  const link = '/audit?kind=user-login&outcome=success&last=24h';
  await ana.page.goto(link);
  await ana.page.getByText('Your session ended. Sign in to go on where you were.').waitFor();
  await ana.expectSound();
  await ana.fillSignIn('ana@example.com');
  await ana.page.getByRole('heading', { name: 'Audit log' }).waitFor();
  const filter = (name: string) => ana.page.getByRole('combobox', { name, exact: true }).inputValue();
  expect(await filter('When')).toBe('The last 24 hours');
  expect(await filter('Event')).toMatch(/^user-login \(\d+\)$/);
  expect(await filter('Outcome')).toMatch(/^success \(\d+\)$/);
  await ana.page.getByRole('row').filter({ hasText: 'user-login' }).first().waitFor();
  const { pathname, search } = new URL(ana.page.url());
  expect(pathname + search).toBe(link);
  await ana.expectSound();
  await ana.close();
});

test('a session that ends while a page is open keeps the page and says so', async () => {
  const ana = await Visitor.open(browser);
  await ana.signIn('ana@example.com');
  await ana.page.goto('/p/web-shop/overview?env=dev');
  await ana.page.getByText('deploy-bot').waitFor();
  expect((await ana.page.request.post('/api/v1/auth/logout', { data: {} })).ok()).toBe(true);
  await ana.page.getByText('Your session ended.').waitFor();
  await ana.expectSound();
  await ana.fillSignIn('ana@example.com');
  await ana.page.getByText('deploy-bot').waitFor();
  expect(ana.page.url()).toMatch(/\/p\/web-shop\/overview\?env=dev$/);
  await ana.close();
});

test('after signing out nothing is left of what was seen', async () => {
  const ana = await Visitor.open(browser);
  await ana.signIn('ana@example.com');
  await ana.page.getByRole('button', { name: /Your account/ }).click();
  await ana.page.getByRole('menuitem', { name: 'Sign out' }).click();
  await ana.page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await ana.page.goto('/projects');
  await ana.page.getByRole('heading', { name: 'Sign in' }).waitFor();
  expect(await ana.page.content()).not.toContain('Web Shop');
  await ana.close();
});

test('somebody without rights is told so, and by whom that can be mended', async () => {
  const ben = await Visitor.open(browser);
  await ben.signIn('ben@example.com');
  await ben.page.getByText('No project yet').waitFor();
  await ben.expectSound();
  await ben.page.goto('/audit');
  await ben.page.getByRole('heading', { name: 'You may not see this' }).waitFor();
  await ben.expectSound();
  await ben.picture('forbidden');
  await ben.page.goto('/p/web-shop/overview');
  await ben.page.getByRole('heading', { name: 'Not found' }).waitFor();
  await ben.close();
});

test('keys lead to pages, the sheet names them, and the skip link leads to the content', async () => {
  const ana = await Visitor.open(browser);
  const { page } = ana;
  await ana.signIn('ana@example.com');
  await page.getByRole('heading', { name: 'Home' }).waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog').getByText('Go to Leases').waitFor();
  await ana.expectSound();
  await ana.picture('keys');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('g');
  await page.keyboard.press('l');
  await page.getByRole('heading', { name: 'Leases' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'Leases' }).waitFor();
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content');
  await page.keyboard.press('Enter');
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
  await ana.close();
});

test('a theme is chosen once and stays', async () => {
  const ana = await Visitor.open(browser, { colorScheme: 'dark' });
  await ana.signIn('ana@example.com');
  const scheme = () => ana.page.evaluate(() => document.documentElement.dataset.mantineColorScheme);
  expect(await scheme()).toBe('dark');
  await ana.page.getByRole('button', { name: 'Theme' }).click();
  await ana.page.getByRole('menuitemradio', { name: 'Light' }).click();
  expect(await scheme()).toBe('light');
  await ana.page.reload();
  await ana.page.getByRole('heading', { name: 'Home' }).waitFor();
  expect(await scheme()).toBe('light');
  await ana.expectSound();
  await ana.close();
});
