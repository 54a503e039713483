import type { Rule } from '../dynamic-secrets/dangers.ts';

const SENTENCE = 'is attempting to grant RBAC permissions not currently held:';

const FIELDS: Record<string, keyof Rule> = {
  APIGroups: 'apiGroups',
  Resources: 'resources',
  ResourceNames: 'resourceNames',
  NonResourceURLs: 'nonResourceURLs',
  Verbs: 'verbs',
};

/** The rules that whoever was refused does not hold and was about to give away, as Kubernetes writes them into its sentence. */
export function ungranted(why: string): Rule[] {
  const at = why.indexOf(SENTENCE);
  if (at < 0) return [];
  return [...why.slice(at).matchAll(/\{([^{}]*)\}/g)].map(([, text = '']) => ruleOf(text));
}

/** `APIGroups:[""], Resources:["pods" "services"], Verbs:["get"]` */
function ruleOf(text: string): Rule {
  const rule: Rule = { verbs: [] };
  for (const [, field = '', list = ''] of text.matchAll(/(\w+):\[((?:"[^"]*"\s*)*)\]/g)) {
    const name = FIELDS[field];
    if (name !== undefined) rule[name] = [...list.matchAll(/"([^"]*)"/g)].map(([, value = '']) => value);
  }
  return rule;
}
