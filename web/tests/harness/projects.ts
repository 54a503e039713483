import { inject } from 'vitest';
import { ACCOUNT, NAMESPACE } from './cluster.ts';
import { PASSWORD, Person } from './people.ts';
import { connection, makeProject, secret } from './scene.ts';

/** The administrator, asking the API. */
export const asAna = () => new Person(new URL(inject('api')), 'ana@example.com', PASSWORD).signIn();

/** A project of its own with a connection and a secret in each of some environments, whose inputs are as usual but for `others`. */
export async function furnishProject(slug: string, secrets: [string, string][], others: object = {}) {
  const who = await asAna();
  const project = await makeProject(who, slug, slug);
  const shared = { sharedWith: 'named', projectIds: [project.id] };
  const inputs = {
    credentialType: 'static',
    namespace: NAMESPACE,
    serviceAccountName: ACCOUNT,
    revocable: false,
    clusterConnectionId: await connection(who, slug, inject('cluster'), shared),
    ...others,
  };
  for (const [name, environment] of secrets) await secret(who, name, environment, inputs, slug);
  return { who, project };
}
