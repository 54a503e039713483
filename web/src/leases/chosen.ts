import { useState } from 'react';
import type { Lease } from '../api/schema.ts';
import type { Filter } from './filter.ts';
import type { History } from './use-history.ts';

/** Leases that something is to be done with, by id. */
export type Chosen = ReadonlyMap<string, Lease>;

const NONE: Chosen = new Map();

/**
 * What is chosen of a list. With another filter nothing is, and what leaves the list is chosen no more: only what somebody sees
 * or was told the number of is ever ended.
 */
export function useChosen(filter: Filter, history: History): [Chosen, (chosen: Chosen) => void] {
  const view = JSON.stringify(filter);
  const [kept, setKept] = useState({ view, chosen: NONE });
  if (kept.view !== view) setKept({ view, chosen: NONE });
  const chosen = kept.view === view ? inView(kept.chosen, history) : NONE;
  return [chosen, next => setKept({ view, chosen: next })];
}

/** Of the chosen ones those that are in the list, as they are now; what was not read so far is taken to be in it. */
export function inView(chosen: Chosen, { leases, isWhole }: Pick<History, 'leases' | 'isWhole'>): Chosen {
  if (chosen.size === 0) return chosen;
  const read = new Map(leases.map(lease => [lease.id, lease]));
  const last = leases.at(-1)?.id;
  const isUnread = (id: string) => !isWhole && (last === undefined || id < last);
  const kept = [...chosen].flatMap(([id, lease]): [string, Lease][] => {
    const now = read.get(id) ?? (isUnread(id) ? lease : undefined);
    return now === undefined ? [] : [[id, now]];
  });
  return new Map(kept);
}
