import type { DynamicSecret, Inputs } from '../api/schema.ts';
import { kubectlByItself, whereOf } from '../leases/commands.ts';
import type { Place } from '../leases/queries.ts';

/** Ways to a token without the dashboard, filled in for one dynamic secret. */
export interface Snippets {
  cli: string;
  kubectl: string;
  exec: string;
  http: string;
  github: string;
  gitlab: string;
  terraform: string;
}

export function snippetsOf(secret: DynamicSecret, place: Place, server: string): Snippets {
  const token = `mayfly token ${secret.name} ${whereOf(place)} --ttl ${secret.defaultTTL}`;
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
      `      ${token} > token`,
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
      `    - ${token} > token`,
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

/** The dynamic secret itself as code. The provider knows no saved connections, so address and token are variables there. */
function terraformOf(secret: DynamicSecret, place: Place, server: string): string {
  const { inputs } = secret;
  const lines = [
    'provider "infisical" {',
    `  host = ${quoted(server)}`,
    '}',
    '',
    `resource "infisical_dynamic_secret_kubernetes" ${quoted(secret.name.replaceAll('-', '_'))} {`,
    `  name             = ${quoted(secret.name)}`,
    `  project_slug     = ${quoted(place.projectSlug)}`,
    `  environment_slug = ${quoted(place.environmentSlug)}`,
    `  path             = ${quoted(place.path)}`,
    `  default_ttl      = ${quoted(secret.defaultTTL)}`,
    ...(secret.maxTTL == null ? [] : [`  max_ttl          = ${quoted(secret.maxTTL)}`]),
    '  configuration = {',
    '    auth_method = "api"',
    '    api_config = {',
    `      cluster_url   = ${inputs?.url == null ? 'var.cluster_url' : quoted(inputs.url)}`,
    '      cluster_token = var.cluster_token',
    `      enable_ssl    = ${inputs?.sslEnabled ?? true}`,
    '      ca            = var.cluster_ca',
    '    }',
    ...credentialOf(inputs),
    `    audiences = [${(inputs?.audiences ?? []).map(quoted).join(', ')}]`,
    '  }',
    '}',
  ];
  return lines.join('\n');
}

function credentialOf(inputs: DynamicSecret['inputs']): string[] {
  return inputs?.credentialType === 'dynamic' ? temporary(inputs) : existing(inputs);
}

function existing(inputs: Partial<Inputs> | null | undefined): string[] {
  return [
    '    credential_type = "static"',
    '    static_config = {',
    `      service_account_name = ${quoted(inputs?.serviceAccountName ?? '')}`,
    `      namespace            = ${quoted(inputs?.namespace ?? '')}`,
    '    }',
  ];
}

function temporary(inputs: Partial<Inputs>): string[] {
  return [
    '    credential_type = "dynamic"',
    '    dynamic_config = {',
    `      allowed_namespaces = ${quoted(inputs.namespace ?? '')}`,
    `      role               = ${quoted(inputs.role ?? '')}`,
    `      role_type          = ${quoted(inputs.roleType ?? 'role')}`,
    '    }',
  ];
}

function quoted(text: string): string {
  return JSON.stringify(text).replaceAll('${', () => '$${');
}
