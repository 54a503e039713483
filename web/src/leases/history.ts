import { infiniteQueryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client.ts';

export const STATES = ['active', 'ending', 'closed', 'ended'] as const;

/** All leases of a project, newest first, a page at a time. */
export const historyQuery = (projectSlug: string, state: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ['leases', projectSlug, 'history', state],
    queryFn: ({ pageParam, signal }) => {
      const query = {
        projectSlug,
        limit: 50,
        ...(state === undefined ? {} : { state }),
        ...(pageParam === '' ? {} : { cursor: pageParam }),
      };
      return body(api.GET('/api/v1/leases', { params: { query }, signal }));
    },
    initialPageParam: '',
    getNextPageParam: page => page.nextCursor ?? undefined,
    refetchInterval: 5000,
  });
