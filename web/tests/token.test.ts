import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { ana, withAna } from './harness/visits.ts';

withAna();

test('a token is generated from the overview, shown once, and gone when its dialog is', async () => {
  const { page } = ana;
  await ana.expectSound();
  await ana.picture('home');
  await page.getByRole('link', { name: /Web Shop/ }).click();
  await page.getByRole('heading', { name: 'Secret Overview' }).waitFor();
  await ana.expectSound();
  await ana.picture('overview');
  await page.getByRole('link', { name: 'Generate a token of read-logs' }).click();
  const form = page.getByRole('dialog');
  await form.getByRole('button', { name: '30m', pressed: true }).waitFor();
  expect(await form.getByLabel('TTL').inputValue()).toBe('30m');
  await ana.expectSound();
  await ana.picture('generate');
  await form.getByLabel('Reason').fill('INC-4411');
  await form.getByRole('button', { name: 'Submit' }).click();
  await page.getByText('Shown once.').waitFor();
  await ana.expectSound();
  await ana.picture('reveal');
  const shown = page.getByRole('status').filter({ hasText: '•' });
  await page.getByRole('button', { name: 'Reveal' }).click();
  const token = (await page.locator('output').textContent()) ?? '';
  expect(token).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/);
  expect(await shown.count()).toBe(0);
  await page.getByRole('button', { name: 'Copy token' }).click();
  await page.getByText('Copied', { exact: true }).waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(token);
  await page.getByRole('tab', { name: 'curl' }).click();
  expect(await page.getByRole('dialog').getByRole('tabpanel').textContent()).not.toContain(
    token.slice(20, 60),
  );
  await page.getByRole('dialog').getByRole('tabpanel').getByRole('button', { name: 'Copy' }).click();
  const command = await page.evaluate(() => navigator.clipboard.readText());
  expect(command).toContain(token);
  const answer = execFileSync('bash', ['-c', command.replace('curl', 'curl --silent')], { encoding: 'utf8' });
  expect(JSON.parse(answer).kind).toMatch(/^(PodList|Status)$/);
  await page.getByRole('tab', { name: 'kubectl' }).click();
  await ana.picture('reveal-kubectl');
  await page.getByRole('dialog').getByRole('tabpanel').getByRole('button', { name: 'Copy' }).click();
  const kubectl = await page.evaluate(() => navigator.clipboard.readText());
  // A kubeconfig that has chosen another cluster has no say.
  const elsewhere = { ...process.env, KUBECONFIG: '/nowhere' };
  const said = execFileSync('bash', ['-c', `(${kubectl}) 2>&1 || true`], {
    encoding: 'utf8',
    env: elsewhere,
  });
  expect(said).toMatch(/^No resources found in|system:serviceaccount:web-tests:/);
  await ana.expectSound();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect(await page.content()).not.toContain(token.slice(20, 60));
  expect(page.url()).not.toContain('generate');
  const row = page.getByRole('row').filter({ hasText: 'INC-4411' });
  await row.getByText('Active').waitFor();
  await ana.expectSound();
  await ana.picture('leases');
  await page.goBack();
  await page.goForward();
  await page.reload();
  expect(await page.content()).not.toContain(token.slice(20, 60));
});
