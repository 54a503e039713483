import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { kubectl, NAMESPACE } from '../harness/cluster.ts';
import { apply, fresh, limitedToken } from '../harness/objects.ts';
import { asAna } from '../harness/projects.ts';
import { report } from '../harness/report.ts';
import { connection } from '../harness/scene.ts';
import { tasksWhile } from '../harness/tasks.ts';
import { ana, withAna } from '../harness/visits.ts';
import { waitFor } from '../harness/waiting.ts';

const MANY = 300;
/** Half of them begin otherwise, so that the third letter tells them apart. */
const name = (number: number) => `${number % 2 === 0 ? 'crowd' : 'crate'}-${String(number).padStart(3, '0')}`;
/** Milliseconds from a letter to the names that fit. */
const MEANT = 200;
/** What other programs take of the machine's time has no part in what the page computes, but in when it is there. */
const SLACK = 5;
const LABEL = 'mayfly-web-tests=crowd';

withAna();

beforeAll(async () => {
  // Those of a run before may be on their way out still.
  kubectl(['delete', 'namespaces', '--selector', LABEL, '--timeout=200s']);
  const [key, value] = LABEL.split('=') as [string, string];
  apply(
    ...Array.from({ length: MANY }, (_, number) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: name(number), labels: { [key]: value } },
    })),
  );
}, 300_000);
afterAll(async () => {
  kubectl(['delete', 'namespaces', '--selector', LABEL, '--wait=false']);
}, 300_000);

async function choose(page: Page, cluster: string): Promise<void> {
  await page.goto('/p/web-shop/e/dev/new');
  await page.getByRole('combobox', { name: 'Cluster', exact: true }).click();
  await page.getByRole('option', { name: new RegExp(`^${cluster} `) }).click();
}

/** From now on, notes when somebody last typed and when the list of names last changed, by the page's own clock. */
function watchTyping(page: Page): Promise<void> {
  return page.evaluate(() => {
    const times = { typed: 0, changed: 0 };
    Object.assign(window, { times });
    document.addEventListener('keydown', () => Object.assign(times, { typed: performance.now() }), true);
    new MutationObserver(changes => {
      const isList = changes.some(({ target }) => (target as Element).closest?.('[role="listbox"]') != null);
      if (isList) times.changed = performance.now();
    }).observe(document.body, { childList: true, subtree: true });
  });
}

function filteredWithin(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { times } = window as unknown as { times: { typed: number; changed: number } };
    return times.changed - times.typed;
  });
}

test('300 namespaces are filtered while a name is typed, counted aloud, and picked by arrows and Enter', async () => {
  const { page } = ana;
  await choose(page, 'eu-1');
  const field = page.getByRole('combobox', { name: 'Namespace' });
  const told = (words: string) => page.getByRole('status').filter({ hasText: words }).waitFor();
  await field.focus();
  const total = kubectl(['get', 'namespaces', '--output', 'name']).trim().split('\n').length;
  expect(total).toBeGreaterThan(MANY);
  await told(`${total} names fit`);
  expect(await page.getByRole('option').count()).toBe(total);
  await page.keyboard.type('cr');
  await told(`${MANY} names fit`);
  await watchTyping(page);
  const tasks = await tasksWhile(ana, async () => {
    await page.keyboard.type('o');
    await told(`${MANY / 2} names fit`);
  });
  expect(await page.getByRole('option').count()).toBe(MANY / 2);
  const took = await filteredWithin(page);
  const computed = tasks.reduce((sum, task) => sum + task, 0);
  report(
    `${MANY} namespaces filtered by the third letter in ${took.toFixed(0)} ms; the page computed ${computed.toFixed(0)} ms`,
  );
  expect(took).toBeGreaterThan(0);
  expect(took).toBeLessThan(MEANT * SLACK);
  expect(computed).toBeGreaterThan(0);
  expect(computed).toBeLessThan(MEANT);
  await page.keyboard.type('wd-12');
  await told('5 names fit');
  await ana.expectSound();
  await ana.picture('discovery');
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowUp']) await page.keyboard.press(key);
  const active = () => field.getAttribute('aria-activedescendant');
  await waitFor('an option to be the active one', async () => (await active()) !== null);
  expect(await page.locator(`[id="${await active()}"]`).textContent()).toBe('crowd-122');
  await page.keyboard.press('Enter');
  expect(await field.inputValue()).toBe('crowd-122');
  await page.getByRole('option').first().waitFor({ state: 'detached' });
  await field.fill('nowhere');
  await told('No known name fits');
  expect(await field.inputValue()).toBe('nowhere');
});

test('where namespaces may not be listed, a name is typed all the same and the missing right is named', async () => {
  const { page } = ana;
  const caller = await asAna();
  const rules = { apiGroups: [''], resources: ['serviceaccounts'], verbs: ['get', 'list'] };
  const token = limitedToken(fresh('unseeing'), rules);
  await connection(caller, 'unseeing', { ...inject('cluster'), token });
  await choose(page, 'unseeing');
  const field = page.getByRole('combobox', { name: 'Namespace' });
  await field.focus();
  const why =
    'Names cannot be listed: the connection lacks `list` on `namespaces` in the whole cluster. Type one.';
  await page.getByText(why).waitFor();
  expect(await field.evaluate(input => input.getAttribute('aria-describedby'))).toBeTruthy();
  await page.keyboard.type(NAMESPACE);
  expect(await field.inputValue()).toBe(NAMESPACE);
  // What it may list is offered, from the namespace that was typed.
  await page.getByRole('combobox', { name: 'Service Account Name' }).fill('depl');
  await page.getByRole('option', { name: 'deployer', exact: true }).click();
  expect(await page.getByText(why).count()).toBe(1);
  await ana.expectSound();
  await ana.picture('discovery-denied');
});
