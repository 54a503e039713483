import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client.ts';
import { learn } from '../time/server-clock.ts';

/** Who is signed in, by the cookie that only the browser and the server see. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => body(api.GET('/api/v1/users/me', { signal })),
  staleTime: 60_000,
});

/** The server's version and clock. Asked for again from time to time, because machines sleep. */
export const statusQuery = queryOptions({
  queryKey: ['status'],
  queryFn: async ({ signal }) => {
    const sentAt = performance.now();
    const status = await body(api.GET('/api/status', { signal }));
    learn(status.date, sentAt, performance.now());
    return status;
  },
  // Time passes without a change.
  refetchInterval: 300_000,
  refetchOnWindowFocus: 'always',
});
