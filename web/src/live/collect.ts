import type { QueryClient } from '@tanstack/react-query';
import type { Change } from '../api/schema.ts';
import { projectsQuery } from '../projects/queries.ts';
import { askAll, isAnswered, makeOld } from './ask.ts';
import { isChangedBy } from './families.ts';
import { setSync } from './sync.ts';

/** Between two looks because of changes, however many there are. */
const PAUSE = 1000;
/** So long the next look waits for an answer that does not come. */
const LONGEST = 30_000;

export interface Collector {
  /** Something changed. */
  change: (change: Change) => void;
  /** Anything may have changed. */
  all: () => void;
  /** Nothing changed up to now but what was told before. */
  nothing: () => void;
  stop: () => void;
}

/**
 * Takes changes, and asks for what they made old: at once, and then so often that many changes are no flood of requests. Nothing
 * is asked for anew before its last answer is there: over a slow net one that is begun again each second would never come.
 */
export function collector(client: QueryClient): Collector {
  let waiting: Change[] = [];
  let isAllWanted = false;
  let isBusy = false;
  let isStopped = false;

  async function flush() {
    if (isBusy) return;
    isBusy = true;
    while (!isStopped && (isAllWanted || waiting.length > 0)) {
      const pause = after(PAUSE);
      const isWhole = await Promise.race([ask(), after(LONGEST, false)]);
      if (isWhole && !isStopped) setSync({ at: Date.now() });
      await pause;
    }
    isBusy = false;
  }

  /** Whether all was answered. */
  async function ask(): Promise<boolean> {
    const changes = waiting;
    const isAll = isAllWanted;
    waiting = [];
    isAllWanted = false;
    if (isAll) return askAll(client);
    const projects = client.getQueryData(projectsQuery.queryKey) ?? [];
    const slugs = new Map(projects.map(({ id, slug }) => [id, slug]));
    const isOld = (query: Parameters<typeof isChangedBy>[2]) => isChangedBy(changes, slugs, query);
    await makeOld(client, isOld);
    return isAnswered(client, isOld);
  }

  return {
    change: change => {
      waiting.push(change);
      void flush();
    },
    all: () => {
      isAllWanted = true;
      void flush();
    },
    nothing: () => {
      if (!isBusy && isAnswered(client)) setSync({ at: Date.now() });
    },
    stop: () => {
      isStopped = true;
    },
  };
}

function after<Value>(milliseconds: number, value?: Value): Promise<Value> {
  return new Promise(resolve => setTimeout(() => resolve(value as Value), milliseconds));
}
