import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client.ts';
import { lastDays } from '../time/format.ts';

export const DAYS = 14;
const ISSUED = 'create-dynamic-secret-lease';
const FAILED = 'fail-dynamic-secret-lease';

/** What a day brought. */
export interface Day {
  start: number;
  issued: number;
  failed: number;
}

/**
 * Tokens that were issued and that failed, by day, counted by the audit log: of one project, or with null of all. Each day
 * is a question of its own.
 */
export const issuanceQuery = (projectId: string | null, now: number) => {
  const days = lastDays(now, DAYS);
  return queryOptions({
    queryKey: ['issuance', projectId, days],
    queryFn: ({ signal }) =>
      Promise.all(
        days.map(async (start, index): Promise<Day> => {
          const end = days[index + 1];
          const query = {
            kind: `${ISSUED},${FAILED}`,
            from: new Date(start).toISOString(),
            ...(end === undefined ? {} : { to: new Date(end).toISOString() }),
            ...(projectId === null ? {} : { projectId }),
          };
          const facets = await body(api.GET('/api/v1/audit-events/facets', { params: { query }, signal }));
          const kinds = facets.kinds as Record<string, number>;
          return { start, issued: kinds[ISSUED] ?? 0, failed: kinds[FAILED] ?? 0 };
        }),
      ),
    staleTime: 60_000,
    retry: false,
  });
};
