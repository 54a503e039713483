import type { Project } from '../../src/api/schema.ts';
import { ACCOUNT, type Cluster, NAMESPACE } from './cluster.ts';
import type { Person } from './people.ts';

export const PROJECT = 'web-shop';

/** A project with what the tests look at: a connection, secrets of each kind, and a gateway that never came, in a pool. */
export async function furnish(ana: Person, cluster: Cluster): Promise<void> {
  const { project } = await ana.ask('POST', '/api/v1/projects', {
    projectName: 'Web Shop',
    slug: PROJECT,
    projectDescription: 'What customers see',
    shouldCreateDefaultEnvs: true,
  });
  const shared = { sharedWith: 'named', projectIds: [project.id] };
  const clusterConnectionId = await connection(ana, 'eu-1', cluster, shared);
  const existing = {
    credentialType: 'static',
    namespace: NAMESPACE,
    serviceAccountName: ACCOUNT,
    clusterConnectionId,
  };
  const temporary = {
    credentialType: 'dynamic',
    namespace: NAMESPACE,
    roleType: 'role',
    role: 'reader',
    clusterConnectionId,
  };
  await ana.ask('POST', '/api/v2/folders', {
    projectId: project.id,
    environment: 'dev',
    name: 'batch',
    path: '/',
  });
  await secret(ana, 'deploy-bot', 'dev', { ...existing, revocable: false });
  await secret(ana, 'deploy-bot', 'prod', { ...existing, revocable: true });
  await secret(ana, 'read-logs', 'dev', temporary);
  const { gateway } = await ana.ask('POST', '/api/v1/gateways', { name: 'gw-eu' });
  await pool(ana, 'pool-eu', [gateway.id]);
}

/** A pool with gateways in it; answers with its id. */
export async function pool(who: Person, name: string, gatewayIds: string[]): Promise<string> {
  const { id } = await who.ask('POST', '/api/v1/gateway-pools', { name });
  for (const gatewayId of gatewayIds)
    await who.ask('POST', `/api/v1/gateway-pools/${id}/memberships`, { gatewayId });
  return id;
}

/** Another project, for a test that wants one to itself. */
export async function makeProject(who: Person, projectName: string, slug: string): Promise<Project> {
  const wish = { projectName, slug, shouldCreateDefaultEnvs: true };
  return (await who.ask('POST', '/api/v1/projects', wish)).project;
}

/** What a dynamic secret for an account that is there needs, with a connection of its own. */
export function ofDeployer({ url, ca, token }: Cluster, revocable = false) {
  const connection = { url, ca, clusterToken: token };
  const account = { namespace: NAMESPACE, serviceAccountName: ACCOUNT };
  return { credentialType: 'static', ...account, ...connection, revocable };
}

export async function secret(
  who: Person,
  name: string,
  environmentSlug: string,
  inputs: unknown,
  projectSlug = PROJECT,
): Promise<void> {
  await who.ask('POST', '/api/v1/dynamic-secrets', {
    name,
    projectSlug,
    environmentSlug,
    path: '/',
    defaultTTL: '30m',
    maxTTL: '2h',
    provider: { type: 'kubernetes', inputs },
  });
}

/** A saved connection to the cluster of the tests, which every project may use unless `more` says otherwise. */
export async function connection(
  who: Person,
  name: string,
  cluster: Cluster,
  more: { limits?: object; sharedWith?: string; projectIds?: string[] } = {},
): Promise<string> {
  const { clusterConnection } = await who.ask('POST', '/api/v1/cluster-connections', {
    name,
    url: cluster.url,
    ca: cluster.ca,
    clusterToken: cluster.token,
    renewsToken: false,
    sharedWith: 'all',
    ...more,
  });
  return clusterConnection.id;
}
