import type { Query } from '@tanstack/react-query';
import type { Change } from '../api/schema.ts';

/**
 * What a change makes old: the beginnings of keys in the cache of queries. Next in a key is the project by its slug or id, or
 * `*` where it is asked of all of them.
 */
const FAMILIES: Record<string, readonly string[]> = {
  lease: ['leases'],
  approval: ['approvals'],
  'dynamic-secret': ['dynamic-secrets', 'rights', 'preview'],
  connection: ['connections'],
  gateway: ['gateways'],
  project: ['projects', 'folders', 'policies', 'roles', 'members', 'rights', 'who-can', 'explain'],
  issuing: ['stops'],
};
const ALL = new Set(Object.values(FAMILIES).flat());

/** What is asked of the cluster itself, and is no older by anything that changed here. */
const OF_CLUSTERS = ['namespaces', 'accounts', 'roles'];

/** Whether some change can make a query old. */
export function isChanging({ queryKey: [family, , part] }: Pick<Query, 'queryKey'>): boolean {
  const isOfCluster = family === 'connections' && OF_CLUSTERS.includes(String(part));
  return typeof family === 'string' && ALL.has(family) && !isOfCluster;
}

/** Whether these changes make a query old. One that names another project is left alone; `slugs` has those that are known. */
export function isChangedBy(changes: Change[], slugs: Map<string, string>, query: Pick<Query, 'queryKey'>) {
  if (!isChanging(query)) return false;
  const [family, place] = query.queryKey;
  const others = new Set([...slugs.keys(), ...slugs.values()]);
  return changes.some(({ kind, projectId }) => {
    if (!familiesOf(kind).includes(String(family))) return false;
    if (projectId == null || !others.has(String(place))) return true;
    return place === projectId || place === slugs.get(projectId);
  });
}

/** A kind that a newer server knows and this page does not makes all old. */
function familiesOf(kind: string): readonly string[] {
  return FAMILIES[kind.slice(0, kind.lastIndexOf('-'))] ?? [...ALL];
}
