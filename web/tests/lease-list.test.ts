import { beforeAll, expect, inject, test } from 'vitest';
import { Visitor } from './harness/browser.ts';
import { ACCOUNT, kubectl, NAMESPACE, tokenOf } from './harness/cluster.ts';
import { join, type Person } from './harness/people.ts';
import { asAna } from './harness/projects.ts';
import { secret } from './harness/scene.ts';
import { ana, browser, withAna } from './harness/visits.ts';
import { waitFor } from './harness/waiting.ts';

// A name of its own: a binding that an earlier run took away is not missed.
const FADING = `fading-${Date.now().toString(36)}`;
const ISSUED = { projectSlug: 'views', path: '/' };

let caller: Person;
let ids: Record<string, string>;

withAna();

beforeAll(async () => {
  const api = new URL(inject('api'));
  caller = await asAna();
  const ben = await join(api, caller, 'lea@example.com', 'Lea');
  const { project } = await caller.ask('POST', '/api/v1/projects', {
    projectName: 'Views',
    slug: 'views',
    shouldCreateDefaultEnvs: true,
  });
  const { user } = await ben.ask('GET', '/api/v1/users/me');
  await caller.ask('POST', `/api/v1/projects/${project.id}/memberships/users/${user.id}`, { role: 'member' });
  const clusterConnectionId = await connect('view-cluster', inject('cluster').token);
  const existing = { credentialType: 'static', namespace: NAMESPACE, serviceAccountName: ACCOUNT };
  const inputs = { ...existing, revocable: false, clusterConnectionId };
  await secret(caller, 'short-bot', 'dev', inputs, 'views');
  await secret(caller, 'long-bot', 'prod', inputs, 'views');
  ids = {
    ana1: await issue(caller, 'short-bot', 'dev', 'soon-over', '10m'),
    ana2: await issue(caller, 'long-bot', 'prod', 'much-later', '2h'),
    ana3: await issue(caller, 'long-bot', 'prod', 'cut-short', '2h'),
    ben1: await issue(ben, 'short-bot', 'dev', 'bens-own', '2h'),
  };
  const place = { ...ISSUED, environmentSlug: 'prod' };
  await caller.ask('DELETE', `/api/v1/dynamic-secrets/leases/${ids.ana3}`, place);
});

async function connect(name: string, clusterToken: string): Promise<string> {
  const { url, ca } = inject('cluster');
  const sent = { name, url, ca, clusterToken, sharedWith: 'all', renewsToken: false };
  return (await caller.ask('POST', '/api/v1/cluster-connections', sent)).clusterConnection.id;
}

async function issue(who: Person, name: string, environmentSlug: string, reason: string, ttl: string) {
  const wish = { ...ISSUED, dynamicSecretName: name, environmentSlug, reason, ttl };
  return (await who.ask('POST', '/api/v1/dynamic-secrets/leases', wish)).lease.id;
}

/** The reasons of the leases that are listed, in the order of the list. */
async function expectListed(reasons: string[]): Promise<void> {
  const wanted = reasons.join();
  await waitFor(`the list to be of ${wanted}`, async () => {
    const rows = await ana.page.locator('tbody tr[data-index]').allInnerTexts();
    const found = rows.map(text => Object.values(REASONS).find(reason => text.includes(reason)));
    if (found.join() !== wanted) throw new Error(found.join());
    return true;
  });
}

const REASONS = { 1: 'soon-over', 2: 'much-later', 3: 'cut-short', 4: 'bens-own', 5: 'hard-to-end' };

test('each filter is in the address, narrows the list over all pages, and is counted by the server', async () => {
  const { page } = ana;
  await page.goto('/leases?project=views');
  await expectListed(['bens-own', 'cut-short', 'much-later', 'soon-over']);
  await page.getByText('4 leases', { exact: true }).waitFor();
  await choose('Status', 'Ended early, token may live');
  await expectListed(['cut-short']);
  await page.getByText('1 lease', { exact: true }).waitFor();
  await choose('Status', 'All');
  await choose('Who', 'lea@example.com');
  await expectListed(['bens-own']);
  await page.reload();
  await expectListed(['bens-own']);
  expect(await page.getByRole('combobox', { name: 'Who' }).inputValue()).toBe('lea@example.com');
  await page.getByRole('button', { name: 'Clear the filters' }).click();
  await choose('Environment', 'Production');
  await expectListed(['cut-short', 'much-later']);
  await choose('Ends', 'Within an hour');
  await page.getByText('No lease fits the filters').waitFor();
  await page.getByText('Narrowed down by: Environment, Ends.').waitFor();
  await ana.expectSound();
  await page.getByRole('status').getByRole('button', { name: 'Clear the filters' }).click();
  await choose('Dynamic secret', 'short-bot · dev');
  await expectListed(['bens-own', 'soon-over']);
  await choose('Cluster', 'view-cluster');
  await page.getByLabel('Find by who, why or what').fill('SOON-');
  await expectListed(['soon-over']);
  expect(new URL(page.url()).searchParams.get('q')).toBe('SOON-');
  await ana.expectSound();
});

async function choose(label: string, option: string): Promise<void> {
  await ana.page.getByRole('combobox', { name: label, exact: true }).click();
  await ana.page.getByRole('option', { name: option, exact: true }).click();
}

test('without a project the list is of all projects, and each lease can be ended in its own', async () => {
  const { page } = ana;
  await page.goto('/leases?q=much-later');
  await expectListed(['much-later']);
  await page.goto('/leases');
  const row = page.getByRole('row').filter({ hasText: 'soon-over' });
  await row.getByRole('button', { name: /^Delete lease/ }).waitFor();
  await page.getByRole('link', { name: 'long-bot · prod' }).first().click();
  await page.getByRole('heading', { name: 'long-bot' }).waitFor();
});

test('views that everybody has show what they are called', async () => {
  const { page } = ana;
  await page.goto('/leases?project=views');
  const views = page.getByRole('navigation', { name: 'Views' });
  await views.getByRole('link', { name: 'Mine' }).click();
  await expectListed(['cut-short', 'much-later', 'soon-over']);
  await views.getByRole('link', { name: 'Ending within 1 h' }).click();
  await expectListed(['soon-over']);
  await views.getByRole('link', { name: 'Ended early but still valid' }).click();
  await expectListed(['cut-short']);
  expect(await views.locator('[aria-current="page"]').allInnerTexts()).toEqual([
    'Ended early but still valid',
  ]);
  await ana.expectSound();
});

test("one's own view is kept under its name in this browser, and forgotten when it is taken away", async () => {
  const { page } = ana;
  await page.goto('/leases?project=views');
  const views = page.getByRole('navigation', { name: 'Views' });
  expect(await views.getByRole('button', { name: 'Keep this view…' }).getAttribute('aria-disabled')).toBe(
    'true',
  );
  await page.goto('/leases?project=views&q=later');
  await views.getByRole('button', { name: 'Keep this view…' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('The late ones');
  await ana.expectSound();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.goto('/leases?project=views');
  await views.getByRole('link', { name: 'The late ones' }).click();
  await expectListed(['much-later']);
  await ana.expectSound();
  await views.getByRole('button', { name: 'Forget the view The late ones' }).click();
  await page.reload();
  await expectListed(['much-later']);
  expect(await views.getByRole('link', { name: 'The late ones' }).count()).toBe(0);
});

test('leases are grouped by who, dynamic secret and cluster, with counts, and each group leads to its leases', async () => {
  const { page } = ana;
  await page.goto('/leases?project=views');
  await choose('Group by', 'Who');
  const counted = async (name: string) =>
    (await page.getByRole('row').filter({ hasText: name }).getByRole('cell').last().innerText()).trim();
  await page.getByRole('link', { name: 'ana@example.com', exact: true }).waitFor();
  expect([await counted('ana@'), await counted('lea@')]).toEqual(['3', '1']);
  await ana.expectSound();
  await choose('Group by', 'Cluster');
  await page.getByRole('link', { name: 'view-cluster' }).waitFor();
  expect(await counted('view-cluster')).toBe('4');
  await choose('Group by', 'Dynamic secret');
  await page.getByRole('link', { name: 'long-bot · Views · prod' }).waitFor();
  expect([await counted('long-bot'), await counted('short-bot')]).toEqual(['2', '2']);
  await page.getByRole('link', { name: 'short-bot · Views · dev' }).click();
  await expectListed(['bens-own', 'soon-over']);
});

test('whoever manages no leases sees their own, and is told so', async () => {
  const { page } = ana;
  const ben = await Visitor.open(browser);
  await ben.signIn('lea@example.com');
  await ben.page.goto('/leases?project=views');
  await ben.page.getByText('You see your own leases here').waitFor();
  await ben.page.getByText('1 lease', { exact: true }).waitFor();
  await ben.expectSound();
  await ben.close();
  await page.goto('/leases?project=views');
  await page.getByText('4 leases', { exact: true }).waitFor();
  expect(await page.getByText('You see your own leases').count()).toBe(0);
});

test('the address of a lease alone leads to it, whatever project it is in', async () => {
  const { page } = ana;
  await page.goto(`/leases/${ids.ben1}`);
  await page.getByRole('heading', { name: 'Lease', exact: true }).waitFor();
  await page.getByText('bens-own').first().waitFor();
  await ana.expectSound();
  await page.goto('/leases/019ac0de-0000-7000-8000-0000000000a9');
  await page.getByRole('heading', { name: 'Not found' }).waitFor();
});

test('a lease whose clean-up fails is in the view of those, with why and the next try', async () => {
  const { page } = ana;
  const binding = `${NAMESPACE}-${FADING}`;
  kubectl(['--namespace', NAMESPACE, 'create', 'serviceaccount', FADING]);
  const grant = ['create', 'clusterrolebinding', binding, '--clusterrole=cluster-admin'];
  kubectl([...grant, `--serviceaccount=${NAMESPACE}:${FADING}`]);
  const clusterConnectionId = await connect('fading', tokenOf(FADING));
  const inputs = { credentialType: 'dynamic', namespace: NAMESPACE, roleType: 'role', role: 'reader' };
  await secret(caller, 'fading-bot', 'dev', { ...inputs, clusterConnectionId }, 'views');
  const id = await issue(caller, 'fading-bot', 'dev', 'hard-to-end', '30m');
  kubectl(['delete', 'clusterrolebinding', binding]);
  const place = { ...ISSUED, environmentSlug: 'dev' };
  await caller.ask('DELETE', `/api/v1/dynamic-secrets/leases/${id}`, place);
  await page.goto('/leases?project=views&status=failing');
  await expectListed(['hard-to-end']);
  const row = page.getByRole('row').filter({ hasText: 'hard-to-end' });
  await row.getByText('Clean-up failing').waitFor();
  await row.getByText(/next try/).waitFor();
  await ana.expectSound();
  kubectl([...grant, `--serviceaccount=${NAMESPACE}:${FADING}`]);
  await page.getByText('No lease fits the filters').waitFor({ timeout: 60_000 });
});
