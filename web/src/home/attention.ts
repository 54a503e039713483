import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client.ts';
import { asApiError } from '../api/problem.ts';
import type { ClusterConnection, Lease, Project, Stop } from '../api/schema.ts';

/** What somebody should look at. */
export type Concern =
  | { kind: 'held' }
  | { kind: 'stop'; stop: Stop }
  | { kind: 'credential'; connection: ClusterConnection }
  | { kind: 'cleanUp'; lease: Lease; project: Project }
  | { kind: 'approvals'; count: number; project: Project };

const SOON = 3 * 86_400_000;

/** Whether the stored token of a connection is about to be of no use, and nobody renews it. */
export function isWorrying(connection: ClusterConnection, now: number): boolean {
  if (connection.renewalProblem != null) return true;
  const { tokenExpiresAt, renewsToken } = connection;
  return tokenExpiresAt != null && renewsToken !== true && Date.parse(tokenExpiresAt) - now < SOON;
}

export const stopsQuery = queryOptions({
  queryKey: ['stops'],
  queryFn: async ({ signal }) =>
    (await body(api.GET('/api/v1/stops', { params: { query: { limit: 100 } }, signal }))).stops,
  retry: false,
});

/** Leases whose clean-up fails, in all projects. */
export const failingQuery = (projects: Project[]) =>
  queryOptions({
    queryKey: ['leases', '*', 'failing', projects.map(({ slug }) => slug)],
    queryFn: ({ signal }) =>
      ofEach(projects, async project => {
        const query = { projectSlug: project.slug, state: 'ending', limit: 100 };
        const { leases } = await body(api.GET('/api/v1/leases', { params: { query }, signal }));
        return leases
          .filter(({ status }) => status != null)
          .map((lease): Concern => ({ kind: 'cleanUp', lease, project }));
      }),
  });

/** Requests that wait for somebody's word, in all projects. One's own are among them and are nobody's to decide here. */
export const waitingQuery = (projects: Project[], userId: string) =>
  queryOptions({
    queryKey: ['approvals', '*', 'waiting', userId, projects.map(({ slug }) => slug)],
    queryFn: ({ signal }) =>
      ofEach(projects, async (project): Promise<Concern[]> => {
        const params = { path: { projectId: project.id }, query: { state: 'pending', limit: 100 } };
        const path = '/api/v1/projects/{projectId}/approval-requests';
        const { approvalRequests } = await body(api.GET(path, { params, signal }));
        const count = approvalRequests.filter(({ requester }) => requester.id !== userId).length;
        return count === 0 ? [] : [{ kind: 'approvals', count, project }];
      }),
  });

/** What is not for the caller to see is not theirs to look at, either. */
async function ofEach<T>(projects: Project[], ask: (project: Project) => Promise<T[]>): Promise<T[]> {
  const found = await Promise.all(
    projects.map(project =>
      ask(project).catch(failure => {
        if (asApiError(failure).isForbidden) return [];
        throw failure;
      }),
    ),
  );
  return found.flat();
}
