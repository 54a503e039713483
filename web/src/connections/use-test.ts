import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import type { ClusterConnectionTest } from '../api/schema.ts';
import { serverNow } from '../time/server-clock.ts';

/** While something is missing it is tested again, so that mending it in the cluster is seen by itself. */
export const AGAIN_SECONDS = 5;
/** Not for ever: each test stands in the audit log. */
const WATCHED_MS = 10 * 60_000;

/** What is tested. */
export interface Subject {
  /** What it consists of. When that changes it is another question, and no longer answered. */
  of: unknown;
  /** Asks the server. */
  ask: (signal: AbortSignal) => Promise<{ test: ClusterConnectionTest }>;
}

interface Tested {
  result: ClusterConnectionTest;
  at: number;
}

/** A test of a connection, saved or not, perhaps for one kind of lease. */
export function useTest({ of, ask }: Subject) {
  const question = useEdition(JSON.stringify(of));
  const id = useId();
  const [asked, setAsked] = useState({ question: -1, until: 0 });
  const isAsked = asked.question === question;
  const isWatched = (tested: Tested | undefined) =>
    tested?.result.isPassed === false && serverNow() < asked.until;
  const test = useQuery({
    queryKey: ['connection-tests', id, question],
    queryFn: async ({ signal }): Promise<Tested> => {
      const { test: result } = await ask(signal);
      return { result, at: serverNow() };
    },
    enabled: isAsked,
    staleTime: 0,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
    // No change tells of what somebody mends in the cluster.
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

/** Counts the changes of `text`, which may hold a token and so is no key of the cache. */
function useEdition(text: string): number {
  const [known, setKnown] = useState({ text, edition: 0 });
  if (known.text === text) return known.edition;
  const edition = known.edition + 1;
  setKnown({ text, edition });
  return edition;
}
