import type { Inputs } from '../api/schema.ts';
import type { Place } from '../leases/queries.ts';

/** What is needed of a dynamic secret, saved or about to be. */
interface Described {
  name: string;
  defaultTTL: string;
  maxTTL?: string | null;
  inputs?: Partial<Inputs> | null;
}

/**
 * A dynamic secret as code for Infisical's provider, by the attributes that its documentation names for
 * `infisical_dynamic_secret_kubernetes`. It knows no saved connections, so address and token are variables there; a gateway that
 * does the work needs neither. It names no pools of gateways, and cannot keep a ClusterRole to one namespace: then there is no
 * code, because that would lead elsewhere or give more away. The machine it signs in as reads the stored token back, which of the
 * built-in roles only `provisioner` may.
 */
export function terraformOf(described: Described, place: Place, server: string): string | null {
  const { name, defaultTTL, maxTTL, inputs } = described;
  if (inputs?.roleType === 'cluster-role' && inputs.bindingScope === 'namespace') return null;
  if (inputs?.gatewayPoolId) return null;
  const url = inputs?.clusterConnectionId == null && inputs?.url ? quoted(inputs.url) : 'var.cluster_url';
  const needsCa = inputs?.clusterConnectionId != null || Boolean(inputs?.ca);
  const isOfGateway = inputs?.authMethod === 'gateway';
  const ofCluster = [
    ...(url.startsWith('var.') ? ['variable "cluster_url" {}'] : []),
    ...(needsCa ? ['variable "cluster_ca" {}'] : []),
    secretVariable('cluster_token'),
  ];
  const variables = [
    'variable "client_id" {}',
    secretVariable('client_secret'),
    ...(isOfGateway ? [] : ofCluster),
  ];
  return [
    ...providerOf(server),
    '',
    ...variables,
    '',
    `resource "infisical_dynamic_secret_kubernetes" ${quoted(identifier(name))} {`,
    `  name             = ${quoted(name)}`,
    `  project_slug     = ${quoted(place.projectSlug)}`,
    `  environment_slug = ${quoted(place.environmentSlug)}`,
    `  path             = ${quoted(place.path)}`,
    `  default_ttl      = ${quoted(defaultTTL)}`,
    ...(maxTTL == null || maxTTL === '' ? [] : [`  max_ttl          = ${quoted(maxTTL)}`]),
    '  configuration = {',
    ...(inputs?.gatewayId ? [`    gateway_id  = ${quoted(inputs.gatewayId)}`] : []),
    ...(isOfGateway
      ? ['    auth_method = "gateway"']
      : ['    auth_method = "api"', ...clusterOf(url, needsCa)]),
    ...credentialOf(inputs),
    `    audiences = [${(inputs?.audiences ?? []).map(quoted).join(', ')}]`,
    '  }',
    '}',
  ].join('\n');
}

function clusterOf(url: string, needsCa: boolean): string[] {
  return [
    '    api_config = {',
    `      cluster_url   = ${url}`,
    '      cluster_token = var.cluster_token',
    `      enable_ssl    = ${needsCa}`,
    ...(needsCa ? ['      ca            = var.cluster_ca'] : []),
    '    }',
  ];
}

function providerOf(server: string): string[] {
  return [
    'terraform {',
    '  required_providers {',
    '    infisical = {',
    '      source = "infisical/infisical"',
    '    }',
    '  }',
    '}',
    '',
    'provider "infisical" {',
    `  host = ${quoted(server)}`,
    '  auth = {',
    '    universal = {',
    '      client_id     = var.client_id',
    '      client_secret = var.client_secret',
    '    }',
    '  }',
    '}',
  ];
}

const secretVariable = (name: string) => `variable "${name}" { sensitive = true }`;

function credentialOf(inputs: Described['inputs']): string[] {
  return inputs?.credentialType === 'dynamic' ? temporary(inputs) : existing(inputs);
}

function existing(inputs: Described['inputs']): string[] {
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

/** A name of Terraform's own begins with a letter, and ours may with a digit. */
function identifier(name: string): string {
  const text = name.replaceAll('-', '_');
  return /^[a-z_]/i.test(text) ? text : `_${text}`;
}

function quoted(text: string): string {
  return JSON.stringify(text)
    .replaceAll('${', () => '$${')
    .replaceAll('%{', () => '%%{');
}
