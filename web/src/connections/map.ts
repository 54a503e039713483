import type { ClusterConnection, Lease, Project } from '../api/schema.ts';

/** A dynamic secret with live leases on a cluster. */
export interface MappedSecret {
  name: string;
  environment: string;
  path: string;
  live: number;
}

export interface MappedProject {
  project: Project;
  secrets: MappedSecret[];
}

/** The projects that may use a connection, and in each the secrets whose leases are live there. */
export function mapOf(connection: ClusterConnection, projects: Project[], leases: Lease[]): MappedProject[] {
  const mayUse = ({ id }: Project) =>
    connection.sharedWith === 'all' || (connection.projectIds ?? []).includes(id);
  return projects
    .filter(project => mayUse(project) || leases.some(lease => lease.projectId === project.id))
    .map(project => ({
      project,
      secrets: secretsOf(leases.filter(lease => lease.projectId === project.id)),
    }));
}

function secretsOf(leases: Lease[]): MappedSecret[] {
  const found = new Map<string, MappedSecret>();
  for (const lease of leases) {
    const {
      dynamicSecretId,
      dynamicSecretName: name = '',
      environmentSlug: environment = '',
      path = '/',
    } = lease;
    const known = found.get(dynamicSecretId);
    if (known === undefined) found.set(dynamicSecretId, { name, environment, path, live: 1 });
    else known.live++;
  }
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name));
}
