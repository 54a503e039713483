import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client.ts';
import { everyPage } from '../api/every-page.ts';
import type { Lease, Project } from '../api/schema.ts';

/** A lease with the project it is in, which leases do not name themselves. */
export interface HeldLease {
  lease: Lease;
  project: Project;
}

/** The live leases of one person in all their projects, the next to end first. */
export const heldQuery = (projects: Project[], userId: string) =>
  queryOptions({
    queryKey: ['leases', '*', 'held', userId, projects.map(project => project.slug)],
    queryFn: async ({ signal }): Promise<HeldLease[]> => {
      const pages = await everyPage(cursor => {
        const query = { state: 'active', holderId: userId, limit: 100, ...(cursor && { cursor }) };
        return body(api.GET('/api/v1/leases', { params: { query }, signal }));
      });
      const leases = pages.flatMap(page => page.leases);
      const held = leases.flatMap(lease => {
        const project = projects.find(({ id }) => id === lease.projectId);
        return project === undefined ? [] : [{ lease, project }];
      });
      return held.sort((a, b) => a.lease.expireAt.localeCompare(b.lease.expireAt));
    },
  });
