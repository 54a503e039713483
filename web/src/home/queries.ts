import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client.ts';
import type { Lease, Project } from '../api/schema.ts';

/** A lease with the project it is in, which leases do not name themselves. */
export interface HeldLease {
  lease: Lease;
  project: Project;
}

/** The live leases of one person in all their projects, the next to end first. The server lists them project by project. */
export const heldQuery = (projects: Project[], userId: string) =>
  queryOptions({
    queryKey: ['leases', 'held', userId, projects.map(project => project.slug)],
    queryFn: async ({ signal }): Promise<HeldLease[]> => {
      const listed = await Promise.all(
        projects.map(async project => {
          const query = { projectSlug: project.slug, state: 'active', limit: 100 };
          const { leases } = await body(api.GET('/api/v1/leases', { params: { query }, signal }));
          return leases.filter(lease => lease.holder.id === userId).map(lease => ({ lease, project }));
        }),
      );
      return listed.flat().sort((a, b) => a.lease.expireAt.localeCompare(b.lease.expireAt));
    },
    refetchInterval: 5000,
  });
