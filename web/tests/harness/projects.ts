import { inject } from 'vitest';
import { ACCOUNT, NAMESPACE } from './cluster.ts';
import { Person } from './people.ts';
import { secret } from './scene.ts';

const PASSWORD = 'a calm river of tests';

/** The administrator, asking the API. */
export const asAna = () => new Person(new URL(inject('api')), 'ana@example.com', PASSWORD).signIn();

/** A project of its own with a secret in each of some environments. */
export async function makeProject(slug: string, secrets: [string, string][]) {
  const who = await asAna();
  const { project } = await who.ask('POST', '/api/v1/projects', {
    projectName: slug,
    slug,
    shouldCreateDefaultEnvs: true,
  });
  const { clusterConnection } = await who.ask('POST', '/api/v1/cluster-connections', {
    name: slug,
    ...inject('cluster'),
    clusterToken: inject('cluster').token,
    token: undefined,
    renewsToken: false,
    sharedWith: 'named',
    projectIds: [project.id],
  });
  const inputs = {
    credentialType: 'static',
    namespace: NAMESPACE,
    serviceAccountName: ACCOUNT,
    revocable: false,
    clusterConnectionId: clusterConnection.id,
  };
  for (const [name, environment] of secrets) await secret(who, name, environment, inputs, slug);
  return { who, project };
}
