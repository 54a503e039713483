import type { DynamicSecret } from '../api/schema.ts';
import { kubectlByItself, whereOf } from '../leases/commands.ts';
import type { Place } from '../leases/queries.ts';
import { terraformOf } from './terraform.ts';

/** Ways to a token without the dashboard, filled in for one dynamic secret. */
export interface Snippets {
  cli: string;
  kubectl: string;
  exec: string;
  http: string;
  github: string;
  gitlab: string;
  /** Null where it cannot be said so. */
  terraform: string | null;
}

export function snippetsOf(secret: DynamicSecret, place: Place, server: string): Snippets {
  const token = `mayfly token ${secret.name} ${whereOf(place)} --ttl ${secret.defaultTTL}`;
  // The file names the cluster, and holds the token of one lease.
  const file = `mayfly kubeconfig ${secret.name} ${whereOf(place)} --ttl ${secret.defaultTTL} --mode token --file kubeconfig`;
  const use = 'kubectl --kubeconfig kubeconfig get pods';
  const asMachine = `mayfly login ${server} --method oidc --identity "$IDENTITY"`;
  return {
    cli: `mayfly login ${server}\n${token} --show`,
    kubectl: kubectlByItself(secret.name, place, server),
    exec: `mayfly login ${server}\nmayfly exec ${secret.name} ${whereOf(place)} -- kubectl get pods`,
    http: httpOf(secret, place, server),
    github: [
      'permissions:',
      '  id-token: write',
      'env:',
      '  IDENTITY: # the id of a machine identity that trusts this repository',
      'steps:',
      '  - run: |',
      '      export MAYFLY_IDENTITY_TOKEN=$(curl -sS -H "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" \\',
      `        "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=${server}" | jq -r .value)`,
      `      ${asMachine}`,
      `      ${file}`,
      `      ${use}`,
    ].join('\n'),
    gitlab: [
      'deploy:',
      '  variables:',
      '    IDENTITY: # the id of a machine identity that trusts this project',
      '  id_tokens:',
      '    MAYFLY_IDENTITY_TOKEN:',
      `      aud: ${server}`,
      '  script:',
      `    - ${asMachine}`,
      `    - ${file}`,
      `    - ${use}`,
    ].join('\n'),
    terraform: terraformOf(secret, place, server),
  };
}

function httpOf(secret: DynamicSecret, place: Place, server: string): string {
  const sent = JSON.stringify({ dynamicSecretName: secret.name, ...place, ttl: secret.defaultTTL });
  return [
    `curl --fail-with-body ${server}/api/v1/dynamic-secrets/leases \\`,
    '  --header "Authorization: Bearer $ACCESS_TOKEN" \\',
    "  --header 'Content-Type: application/json' \\",
    `  --data '${sent}'`,
  ].join('\n');
}
