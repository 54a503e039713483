import type { Lease, Project } from '../api/schema.ts';

/** Leases that have something in common, and how many they are. */
export interface Group {
  /** What the address names it by; null where it cannot be asked for by itself. */
  id: string | null;
  name: string;
  /** Null where the server does not count. */
  count: number | null;
}

type Named = Pick<Group, 'id' | 'name'>;

export function byActor({ holder }: Lease): Named {
  return { id: holder.id ?? null, name: holder.name };
}

/** Two dynamic secrets may have one name, in two places. */
export function bySecret(projects: Project[]): (lease: Lease) => Named {
  return ({ dynamicSecretId, dynamicSecretName = '', environmentSlug = '', path = '/', projectId }) => {
    const project = projects.find(({ id }) => id === projectId)?.name ?? '';
    const where = [project, environmentSlug, path === '/' ? '' : path].filter(Boolean).join(' · ');
    return { id: dynamicSecretId, name: `${dynamicSecretName} · ${where}` };
  };
}

/** Those with most leases first. */
export function groupsOf(leases: Lease[], named: (lease: Lease) => Named): Group[] {
  const counted = new Map<string, Named & { count: number }>();
  for (const lease of leases) {
    const group = named(lease);
    const key = group.id ?? group.name;
    counted.set(key, { ...group, count: (counted.get(key)?.count ?? 0) + 1 });
  }
  return sorted([...counted.values()]);
}

export function sorted(groups: Group[]): Group[] {
  return groups.sort((a, b) => (b.count ?? 0) - (a.count ?? 0) || a.name.localeCompare(b.name));
}
