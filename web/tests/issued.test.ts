import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, inject, test } from 'vitest';
import { ACCOUNT, NAMESPACE } from './harness/cluster.ts';
import { apply, fresh, limitedToken } from './harness/objects.ts';
import type { Person } from './harness/people.ts';
import { asAna } from './harness/projects.ts';
import { connection, secret } from './harness/scene.ts';
import { ana, withAna } from './harness/visits.ts';

let caller: Person;

withAna();

beforeAll(async () => {
  caller = await asAna();
});

test('what an account may do is told with its danger and its source before a token of it is asked for', async () => {
  const { page } = ana;
  const account = fresh('secret-reader');
  limitedToken(account, { apiGroups: [''], resources: ['secrets', 'pods'], verbs: ['get', 'list'] });
  const clusterConnectionId = await connection(caller, fresh('seeing'), inject('cluster'));
  const inputs = { credentialType: 'static', namespace: NAMESPACE, clusterConnectionId, revocable: false };
  const harmless = fresh('harmless');
  await secret(caller, account, 'dev', { ...inputs, serviceAccountName: account });
  await secret(caller, harmless, 'dev', { ...inputs, serviceAccountName: ACCOUNT });
  const sent: string[] = [];
  page.on('request', request => {
    if (request.method() === 'POST' && request.url().endsWith('/leases')) sent.push(request.url());
  });
  await page.goto(`/p/web-shop/e/dev/s/${account}`);
  await page.getByRole('button', { name: 'Generate' }).click();
  const dialog = page.getByRole('dialog');
  const dangers = dialog.locator('[data-tone="warn"]').getByRole('listitem');
  await dangers.filter({ hasText: 'reads Secrets' }).waitFor();
  expect(await dangers.allInnerTexts()).toEqual(['reads Secrets']);
  await dialog.getByText('From roles and bindings; other authorizers of the cluster are not seen.').waitFor();
  await dialog.getByText(/^It may do what \d+ rules? say/).click();
  await dialog.getByText('get, list secrets, pods', { exact: true }).waitFor();
  await ana.expectSound();
  await ana.picture('generate-danger');
  // The same dialog for an account without such rights raises no flag.
  await page.goto(`/p/web-shop/e/dev/s/${harmless}?generate=1`);
  await dialog.getByText('From roles and bindings; other authorizers of the cluster are not seen.').waitFor();
  expect(await dangers.count()).toBe(0);
  expect(sent).toEqual([]);
});

test('the downloaded kubeconfig works where there is nothing else, as the subject that the dialog shows', async () => {
  const { page } = ana;
  const there = fresh('seen');
  apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: there, namespace: NAMESPACE } });
  await page.goto('/p/web-shop/e/dev/s/read-logs?generate=1&ttl=10m');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Submit' }).click();
  await page.getByText('Shown once.').waitFor();
  await page.getByText('What the token says of itself').click();
  const shown = await dialog.getByText(/^system:serviceaccount:/).innerText();
  await ana.expectSound();
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download kubeconfig' }).click(),
  ]);
  expect(file.suggestedFilename()).toBe('read-logs.kubeconfig');
  const home = await mkdtemp(join(tmpdir(), 'mayfly-web-fresh-'));
  const path = join(home, file.suggestedFilename());
  await file.saveAs(path);
  // Nothing of the tests' own surroundings: no other kubeconfig, no home.
  const env = { PATH: process.env.PATH, HOME: home, KUBECONFIG: path };
  const kubectl = (...args: string[]) =>
    execFileSync(process.env.MAYFLY_KUBECTL ?? 'kubectl', args, {
      env,
      cwd: home,
      encoding: 'utf8',
      stdio: 'pipe',
    });
  const { status } = JSON.parse(kubectl('auth', 'whoami', '--output', 'json'));
  expect(status.userInfo.username).toBe(shown);
  const token = kubectl('config', 'view', '--raw', '--output', 'jsonpath={.users[0].user.token}');
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  expect(claims.sub).toBe(shown);
  expect(claims.exp * 1000 - Date.now()).toBeLessThanOrEqual(600_000 + 60_000);
  expect(kubectl('get', 'configmaps', '--output', 'name')).toContain(there);
  expect(() => kubectl('get', 'secrets')).toThrow(/forbidden/);
  await rm(home, { recursive: true });
  // The file is what was wanted: the dialog closes without asking, and the token leaves the page with it.
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  expect(await page.content()).not.toContain(token.slice(20, 60));
});
