/** One rule, as a Role has them. */
export interface Rule {
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  verbs: string[];
  nonResourceURLs?: string[];
}

/** What makes whoever holds it more than it seems. */
export const DANGERS = [
  'everything',
  'secrets',
  'exec',
  'escalate',
  'tokens',
  'pods',
  'nodes',
  'webhooks',
  'signing',
] as const;
export type Danger = (typeof DANGERS)[number];

const TESTS: Record<Danger, (rule: Rule) => boolean> = {
  everything: rule => rule.verbs.includes('*') && names(rule).includes('*'),
  secrets: rule => touches(rule, ['secrets'], ['get', 'list', 'watch']),
  exec: rule =>
    touches(
      rule,
      ['pods/exec', 'pods/attach', 'pods/portforward', 'pods/ephemeralcontainers'],
      ['create', 'get', 'patch'],
    ),
  escalate: rule => ['escalate', 'bind', 'impersonate'].some(verb => rule.verbs.includes(verb)),
  tokens: rule => touches(rule, ['serviceaccounts/token'], ['create']),
  pods: rule =>
    touches(
      rule,
      ['pods', 'deployments', 'daemonsets', 'statefulsets', 'jobs', 'cronjobs', 'replicasets'],
      ['create'],
    ),
  nodes: rule => touches(rule, ['nodes/proxy'], ['get', 'create']),
  webhooks: rule =>
    touches(
      rule,
      ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
      ['create', 'update', 'patch'],
    ),
  signing: rule =>
    touches(rule, ['certificatesigningrequests/approval', 'signers'], ['update', 'approve', 'sign']),
};

export function dangersOf(rules: Rule[]): Danger[] {
  return DANGERS.filter(danger => rules.some(TESTS[danger]));
}

function touches(rule: Rule, resources: string[], verbs: string[]): boolean {
  const isAll = names(rule).includes('*');
  const isNamed = isAll || resources.some(resource => names(rule).includes(resource));
  return isNamed && (rule.verbs.includes('*') || verbs.some(verb => rule.verbs.includes(verb)));
}

function names(rule: Rule): string[] {
  return rule.resources ?? [];
}

/** A rule in one line: `get, list pods, services (apps)`. */
export function lineOf(rule: Rule): string {
  const what = [...(rule.resources ?? []), ...(rule.nonResourceURLs ?? [])].join(', ');
  const groups = (rule.apiGroups ?? []).filter(group => group !== '').join(', ');
  const only = rule.resourceNames?.length ? ` [${rule.resourceNames.join(', ')}]` : '';
  return `${rule.verbs.join(', ')} ${what}${groups === '' ? '' : ` (${groups})`}${only}`;
}
