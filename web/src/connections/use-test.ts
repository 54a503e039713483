import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, body } from '../api/client.ts';
import type { ClusterConnectionTest } from '../api/schema.ts';
import { serverNow } from '../time/server-clock.ts';

/** While something is missing it is tested again, so that mending it in the cluster is seen by itself. */
export const AGAIN_SECONDS = 5;
/** Not for ever: each test stands in the audit log. */
const WATCHED_MS = 10 * 60_000;

interface Tested {
  result: ClusterConnectionTest;
  at: number;
}

/** A test of one connection for one kind of lease. A change of either is another question, and no longer answered. */
export function useTest(connectionId: string, credential: object | undefined) {
  const question = JSON.stringify([connectionId, credential]);
  const [asked, setAsked] = useState({ question: '', until: 0 });
  const isAsked = asked.question === question;
  const isWatched = (tested: Tested | undefined) =>
    tested?.result.isPassed === false && serverNow() < asked.until;
  const test = useQuery({
    queryKey: ['connection-tests', connectionId, credential],
    queryFn: async ({ signal }): Promise<Tested> => {
      const params = { path: { connectionId } };
      const path = '/api/v1/cluster-connections/{connectionId}/test';
      const sent = credential === undefined ? {} : { credential };
      const { test: result } = await body(api.POST(path, { params, body: sent, signal }));
      return { result, at: serverNow() };
    },
    enabled: isAsked,
    staleTime: 0,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
    refetchInterval: ({ state }) => (isWatched(state.data) ? AGAIN_SECONDS * 1000 : false),
  });
  return {
    begin: () => {
      setAsked({ question, until: serverNow() + WATCHED_MS });
      if (isAsked) void test.refetch();
    },
    isBusy: test.isFetching,
    error: isAsked ? test.error : null,
    tested: isAsked ? test.data : undefined,
    /** Until when it is tested again by itself; null where it is not. */
    watchedUntil: isAsked && isWatched(test.data) ? asked.until : null,
  };
}
