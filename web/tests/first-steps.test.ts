import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { Visitor } from './harness/browser.ts';
import { ACCOUNT, NAMESPACE } from './harness/cluster.ts';
import { bootstrap, type Person } from './harness/people.ts';
import { secret } from './harness/scene.ts';
import { type RunningServer, startServer } from './harness/server.ts';
import { browser, withBrowser } from './harness/visits.ts';

let server: RunningServer;
let admin: Person;

withBrowser();

beforeAll(async () => {
  server = await startServer();
  admin = await bootstrap(server);
});
afterAll(async () => {
  await server.stop();
});

test('where nothing is there yet, two steps lead to the first secret, and three doors to the first cluster', async () => {
  const { project } = await admin.ask('POST', '/api/v1/projects', {
    projectName: 'Payments',
    slug: 'payments',
    shouldCreateDefaultEnvs: true,
  });
  const ana = await Visitor.open(browser, { baseURL: server.dashboard });
  const { page } = ana;
  await ana.signIn('ana@example.com');
  const steps = page.getByRole('region', { name: 'First steps' });
  await steps.waitFor();
  expect(await steps.getByRole('listitem').allTextContents()).toEqual([
    'Connect a cluster ',
    'Add Dynamic Secret',
  ]);
  await ana.expectSound();
  await ana.picture('home-first-steps');

  await page.goto('/clusters');
  const doors = page.getByRole('list', { name: 'Ways to connect one' });
  await doors.waitFor();
  expect(await doors.getByRole('link').count()).toBe(3);
  await ana.expectSound();
  await ana.picture('clusters-empty');
  await doors.getByRole('link', { name: /Gateway/ }).click();
  await page.getByText('No gateway yet').waitFor();
  await page.goBack();
  await page.getByRole('heading', { name: 'Clusters' }).click();
  await page.keyboard.press('n');
  await page.getByRole('heading', { name: 'Connect a cluster' }).waitFor();
  await page.goBack();
  await doors.getByRole('link', { name: /Paste a kubeconfig/ }).click();
  const area = page.getByLabel('From a kubeconfig');
  await area.waitFor();
  expect(await area.evaluate(one => one === document.activeElement)).toBe(true);

  const { url, ca, token } = inject('cluster');
  const { clusterConnection } = await admin.ask('POST', '/api/v1/cluster-connections', {
    name: 'eu-1',
    url,
    ca,
    clusterToken: token,
    renewsToken: false,
    sharedWith: 'named',
    projectIds: [project.id],
  });
  await page.goto('/');
  await steps.getByText('(done)').waitFor();
  const inputs = {
    credentialType: 'static',
    namespace: NAMESPACE,
    serviceAccountName: ACCOUNT,
    clusterConnectionId: clusterConnection.id,
  };
  await secret(admin, 'first-job', 'dev', inputs, 'payments');
  await page.reload();
  await page.getByText('You hold no token right now.').waitFor();
  await page
    .getByText('Nothing that you may see is broken')
    .or(page.getByText('Needs attention'))
    .first()
    .waitFor();
  await ana.settled();
  expect(await steps.count()).toBe(0);
  await ana.close();
});
