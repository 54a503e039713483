import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Person } from './harness/people.ts';
import { asAna } from './harness/projects.ts';
import { makeProject, ofDeployer, secret } from './harness/scene.ts';
import { ana, withAna } from './harness/visits.ts';
import { waitFor } from './harness/waiting.ts';

const PROJECT = 'twice';

let caller: Person;
let identity: string;

withAna();

beforeAll(async () => {
  caller = await asAna();
  await makeProject(caller, 'Twice', PROJECT);
  await secret(caller, 'twice-bot', 'dev', ofDeployer(inject('cluster')), PROJECT);
  identity = (await caller.ask('POST', '/api/v1/identities', { name: 'twice-ci', role: 'no-access' }))
    .identity.id;
  await caller.ask('POST', `/api/v1/auth/universal-auth/identities/${identity}`, {});
});

// Other tests count what there is on the server that they share.
afterAll(async () => {
  const gone = (path: string, sent?: object) => caller.ask('DELETE', `/api/v1/${path}`, sent);
  const [{ projects }, { identities }, { invitations }] = await Promise.all(
    ['projects', 'identities?limit=100', 'users/invitations'].map(path =>
      caller.ask('GET', `/api/v1/${path}`),
    ),
  );
  for (const { id, slug } of projects) if (slug.startsWith('twice')) await gone(`projects/${id}`);
  for (const { identity } of identities)
    if (identity.name.startsWith('twice')) await gone(`identities/${identity.id}`, {});
  for (const { id, email } of invitations)
    if (email.startsWith('twice')) await gone(`users/invitations/${id}`);
  const { clusterConnections } = await caller.ask('GET', '/api/v1/cluster-connections?limit=100');
  for (const { id, name } of clusterConnections)
    if (name?.startsWith('twice')) await gone(`cluster-connections/${id}`);
});

interface Form {
  name: string;
  at: () => string;
  opens: RegExp;
  fills: [RegExp, string][];
  sends: RegExp;
}

const SECRETS = /universal-auth\/identities\/[^/]+\/client-secrets$/;

test.each<Form>([
  {
    name: 'a client secret',
    at: () => `/access/identities/${identity}`,
    opens: /^Make a client secret/,
    fills: [[/^Description/, 'ci']],
    sends: SECRETS,
  },
  {
    name: 'an invitation',
    at: () => '/access/users',
    opens: /^Invite somebody/,
    fills: [[/^Email/, 'twice@example.com']],
    sends: /users\/invitations$/,
  },
  {
    name: 'a machine identity',
    at: () => '/access/identities',
    opens: /^New machine identity/,
    fills: [[/^Name/, 'twice-made']],
    sends: /v1\/identities$/,
  },
  {
    name: 'a role',
    at: () => `/access/roles?project=${PROJECT}`,
    opens: /^New role/,
    fills: [[/^Name/, 'Twice made']],
    sends: /\/roles$/,
  },
  {
    name: 'a project',
    at: () => '/projects',
    opens: /^New project/,
    fills: [[/^Name/, 'Twice made']],
    sends: /v1\/projects$/,
  },
  {
    name: 'an environment',
    at: () => `/p/${PROJECT}/settings?tab=environments`,
    opens: /^Add an environment/,
    fills: [[/^Name/, 'Twice made']],
    sends: /\/environments$/,
  },
  {
    name: 'a folder',
    at: () => `/p/${PROJECT}/overview?env=dev`,
    opens: /^New folder/,
    fills: [[/^Name/, 'twice-made']],
    sends: /v2\/folders$/,
  },
  {
    name: 'a lease',
    at: () => `/p/${PROJECT}/e/dev/s/twice-bot`,
    opens: /^Generate$/,
    fills: [],
    sends: /dynamic-secrets\/leases$/,
  },
])('$name is made once, however often it is asked for', async ({ at, opens, fills, sends }) => {
  const { page } = ana;
  const bodies: string[] = [];
  page.on('request', request => {
    const isSent = request.method() === 'POST' && sends.test(new URL(request.url()).pathname);
    if (isSent) bodies.push(request.postData() ?? '');
  });
  await page.goto(at());
  await page.getByRole('button', { name: opens }).first().click();
  const form = page.getByRole('dialog').locator('form');
  for (const [label, text] of fills) await form.getByLabel(label).first().fill(text);
  // Both before anything is drawn, as a held Enter or two clicks may be.
  await form.evaluate((element: HTMLFormElement) => {
    element.requestSubmit();
    element.requestSubmit();
  });
  await waitFor('what was made', async () => bodies.length > 0);
  await form.waitFor({ state: 'detached' });
  await ana.settled();
  expect(new Set(bodies).size, bodies.join('\n')).toBe(bodies.length);
});

test('a dynamic secret and a connection are made once, however often they are asked for', async () => {
  const { page } = ana;
  const cluster = inject('cluster');
  const sent: string[] = [];
  page.on('request', request => {
    const { pathname } = new URL(request.url());
    if (request.method() === 'POST' && /v1\/(dynamic-secrets|cluster-connections)$/.test(pathname))
      sent.push(pathname);
  });
  const twice = () =>
    page
      .getByRole('main')
      .locator('form')
      .evaluate((form: HTMLFormElement) => {
        form.requestSubmit();
        form.requestSubmit();
      });
  await page.goto('/clusters/new');
  await page.getByRole('textbox', { name: 'Name' }).fill('twice-made');
  await page.getByLabel(/^Cluster URL/).fill(cluster.url);
  await page.getByLabel('CA', { exact: true }).fill(cluster.ca);
  await page.getByLabel(/^Cluster Token/).fill(cluster.token);
  await twice();
  await page.getByRole('heading', { name: 'twice-made' }).first().waitFor();
  await page.goto(`/p/${PROJECT}/e/dev/new?from=twice-bot`);
  await page.getByLabel(/^Cluster Token/).fill(cluster.token);
  await twice();
  await page.getByRole('heading', { name: 'Secret Overview' }).waitFor();
  expect(sent).toEqual(['/api/v1/cluster-connections', '/api/v1/dynamic-secrets']);
});
