import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client.ts';
import { everyPage } from '../api/every-page.ts';
import { asApiError } from '../api/problem.ts';
import type { ClusterConnection, Lease, Project, Stop } from '../api/schema.ts';

/** What somebody should look at. */
export type Concern =
  | { kind: 'held' }
  | { kind: 'stop'; stop: Stop }
  | { kind: 'credential'; connection: ClusterConnection }
  | { kind: 'cleanUp'; lease: Lease; project: Project }
  | { kind: 'moreCleanUps' }
  | { kind: 'approvals'; count: number; project: Project };

const SOON = 3 * 86_400_000;
/** As many as the server gives at once. */
const PAGE = 100;
/** As many as somebody reads here; the list of leases has the others. */
const MOST_FAILING = 10;

export function mostWorrying(failing: Concern[]): Concern[] {
  if (failing.length <= MOST_FAILING) return failing;
  return [...failing.slice(0, MOST_FAILING), { kind: 'moreCleanUps' }];
}

/** Whether the stored token of a connection is about to be of no use, and nobody renews it. */
export function isWorrying(connection: ClusterConnection, now: number): boolean {
  if (connection.renewalProblem != null) return true;
  const { tokenExpiresAt, renewsToken } = connection;
  return tokenExpiresAt != null && renewsToken !== true && Date.parse(tokenExpiresAt) - now < SOON;
}

export const stopsQuery = queryOptions({
  queryKey: ['stops'],
  queryFn: async ({ signal }) => {
    const pages = await everyPage(cursor =>
      body(
        api.GET('/api/v1/stops', { params: { query: { limit: PAGE, ...(cursor && { cursor }) } }, signal }),
      ),
    );
    return pages.flatMap(page => page.stops);
  },
  retry: false,
});

/** Leases whose clean-up fails, in all projects: the newest, which are more than anybody reads here. */
export const failingQuery = (projects: Project[]) =>
  queryOptions({
    queryKey: ['leases', '*', 'failing', projects.map(({ slug }) => slug)],
    queryFn: async ({ signal }) => {
      const query = { hasFailed: true, isOver: false, limit: PAGE };
      const { leases } = await body(api.GET('/api/v1/leases', { params: { query }, signal }));
      return leases.flatMap((lease): Concern[] => {
        const project = projects.find(({ id }) => id === lease.projectId);
        return project === undefined ? [] : [{ kind: 'cleanUp', lease, project }];
      });
    },
  });

/** Requests that wait for somebody's word, in all projects. One's own are among them and are nobody's to decide here. */
export const waitingQuery = (projects: Project[], userId: string) =>
  queryOptions({
    queryKey: ['approvals', '*', 'waiting', userId, projects.map(({ slug }) => slug)],
    queryFn: ({ signal }) =>
      ofEach(projects, async (project): Promise<Concern[]> => {
        const pages = await everyPage(cursor => {
          const query = { state: 'pending', limit: PAGE, ...(cursor && { cursor }) };
          const params = { path: { projectId: project.id }, query };
          return body(api.GET('/api/v1/projects/{projectId}/approval-requests', { params, signal }));
        });
        const requests = pages.flatMap(page => page.approvalRequests);
        const count = requests.filter(({ requester }) => requester.id !== userId).length;
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
