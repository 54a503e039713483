import type { Page } from 'playwright-core';
import { expect, inject, test } from 'vitest';
import { Visitor } from './harness/browser.ts';
import { ACCOUNT, NAMESPACE } from './harness/cluster.ts';
import { Keys } from './harness/keys.ts';
import { fresh, whoIs } from './harness/objects.ts';
import { browser, withBrowser } from './harness/visits.ts';

const NAME = fresh('deploy');
const SUBJECT = `system:serviceaccount:${NAMESPACE}:${ACCOUNT}`;

withBrowser();

async function signIn(page: Page, keys: Keys): Promise<void> {
  await page.goto('/login');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await keys.fill(page.getByLabel('Email'), 'ana@example.com');
  await keys.fill(page.getByLabel(/^Password/), 'a calm river of tests');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Home' }).waitFor();
}

/** Open the Secret Overview, select the environment, click on the 'Add Dynamic Secret' button. */
async function openForm(page: Page, keys: Keys): Promise<void> {
  await keys.use(page.getByRole('main').getByRole('link', { name: /Web Shop/ }));
  await page.getByRole('heading', { name: 'Secret Overview' }).waitFor();
  await keys.use(
    page.getByRole('navigation', { name: 'Environments' }).getByRole('link', { name: 'Staging' }),
  );
  await page.waitForURL(/env=staging/);
  await keys.use(page.getByRole('link', { name: 'Add Dynamic Secret' }));
  await page.getByRole('heading', { name: 'Add Dynamic Secret' }).waitFor();
}

/** Select Kubernetes, and make the two key decisions. */
async function decide(page: Page, keys: Keys): Promise<void> {
  await keys.reach(page.getByRole('radio', { name: 'Kubernetes' }));
  expect(await page.getByRole('radio', { name: 'Kubernetes' }).isChecked()).toBe(true);
  const type = page.getByRole('radiogroup', { name: 'Credential Type' });
  await keys.reach(type.getByRole('radio', { name: 'Static' }));
  await keys.arrow(type.getByRole('radio', { name: 'Dynamic' }), 'ArrowDown');
  await page.getByRole('combobox', { name: 'Role', exact: true }).waitFor();
  await keys.arrow(type.getByRole('radio', { name: 'Static' }), 'ArrowUp');
  const method = page.getByRole('radiogroup', { name: 'Auth Method' });
  await keys.reach(method.getByRole('radio', { name: 'Token (API)' }));
  expect(await method.getByRole('radio', { name: 'Token (API)' }).isChecked()).toBe(true);
  await method.getByRole('radio', { name: 'Gateway' }).waitFor();
}

/** Provide the inputs for dynamic secret parameters, each by the name that it has in the brief. */
async function fillIn(page: Page, keys: Keys): Promise<void> {
  const cluster = inject('cluster');
  const gateway = page.getByRole('combobox', { name: 'Gateway', exact: true });
  await keys.reach(gateway);
  expect(await gateway.inputValue()).toBe('Internet Gateway');
  await keys.fill(page.getByLabel('Cluster URL'), cluster.url);
  await keys.reach(page.getByLabel('Enable SSL'));
  expect(await page.getByLabel('Enable SSL').isChecked()).toBe(true);
  await keys.fill(page.getByLabel('CA', { exact: true }), cluster.ca);
  await keys.fill(page.getByLabel(/^Cluster Token/), cluster.token);
  await keys.fill(page.getByRole('combobox', { name: 'Namespace' }), NAMESPACE);
  await keys.fill(page.getByRole('combobox', { name: 'Service Account Name' }), ACCOUNT);
  // Otherwise this cluster would let us bind each token to something that can be deleted.
  const revocable = page.getByRole('combobox', { name: 'Tokens can be taken back' });
  await keys.reach(revocable);
  for (const key of ['ArrowDown', 'ArrowUp', 'Enter']) await page.keyboard.press(key);
  expect(await revocable.inputValue()).toBe('No');
  await keys.reach(page.getByLabel('Audiences'));
  await keys.fill(page.getByLabel(/^Secret Name/), NAME);
  await keys.fill(page.getByLabel(/^Default TTL/), '20m');
  await keys.fill(page.getByLabel('Max TTL'), '1h');
}

/** In the dialog that is open: a lifetime, a reason, Submit; the token is shown, copied, and gone with its dialog. */
async function takeToken(visitor: Visitor, keys: Keys, ttl: string, reason: string): Promise<string> {
  const { page } = visitor;
  const dialog = page.getByRole('dialog');
  await keys.fill(dialog.getByLabel('TTL'), ttl);
  await keys.fill(dialog.getByLabel('Reason'), reason);
  await visitor.expectSound();
  await keys.use(dialog.getByRole('button', { name: 'Submit' }));
  await dialog.getByText('Service Account JWT').waitFor();
  await dialog.getByText('Shown once.').waitFor();
  await visitor.expectSound();
  await keys.use(dialog.getByRole('button', { name: 'Copy token' }));
  await dialog.getByText('Copied', { exact: true }).waitFor();
  const token = await page.evaluate(() => navigator.clipboard.readText());
  await keys.use(dialog.getByRole('button', { name: 'Done' }));
  await dialog.waitFor({ state: 'detached' });
  expect(await page.content()).not.toContain(token.slice(20, 60));
  return token;
}

test("the brief's walk-through is done by keyboard alone, and the focus is seen at every step", {
  timeout: 240_000,
}, async () => {
  const ana = await Visitor.open(browser);
  const { page } = ana;
  const keys = new Keys(page);
  await forbidMouse(page);
  await signIn(page, keys);
  await openForm(page, keys);
  await decide(page, keys);
  await fillIn(page, keys);
  await ana.expectSound();
  await keys.use(page.getByRole('button', { name: 'Submit' }));
  await page.getByRole('heading', { name: 'Secret Overview' }).waitFor();

  await keys.use(page.getByRole('link', { name: `Generate a token of ${NAME}` }));
  const first = await takeToken(ana, keys, '15m', 'by the list');
  expect(whoIs(first)).toBe(SUBJECT);

  // The leases are behind the dynamic secret's own item.
  await keys.use(page.getByRole('main').getByRole('link', { name: 'Secret Overview' }));
  await keys.use(page.getByRole('link', { name: new RegExp(`^${NAME} in Staging: 1 live lease`) }));
  await page.getByRole('row').filter({ hasText: 'by the list' }).waitFor();
  await keys.use(page.getByRole('button', { name: 'New Lease' }));
  const second = await takeToken(ana, keys, '10m', 'by New Lease');
  expect(second).not.toBe(first);
  const row = page.getByRole('row').filter({ hasText: 'by New Lease' });
  await keys.use(row.getByRole('link', { name: /^Lease of/ }));
  await page.getByRole('heading', { name: 'Lease', exact: true }).waitFor();
  await ana.expectSound();
  await page.goBack();

  await row.getByText('Active').waitFor();
  await keys.use(row.getByRole('button', { name: /^Delete lease/ }));
  await page.getByText(/Nobody can take this token back/).waitFor();
  await keys.use(page.getByRole('dialog').getByRole('button', { name: 'Delete lease', exact: true }));
  await row.getByText('Ended early, token still valid').waitFor();
  expect(whoIs(second)).toBe(SUBJECT);
  await page.getByRole('row').filter({ hasText: 'by the list' }).getByText('Active').waitFor();
  await ana.expectSound();
  await ana.close();
});

/** A mouse would be noticed: no pointer ever touches the page. */
async function forbidMouse(page: Page): Promise<void> {
  await page.addInitScript(() => {
    addEventListener(
      'pointerdown',
      event => {
        event.preventDefault();
        throw new Error('a mouse was used');
      },
      true,
    );
  });
}
