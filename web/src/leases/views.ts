import { useState } from 'react';
import { type LeaseSearch, leaseSearch } from './search.ts';

/** Filters under a name. */
export interface View {
  name: string;
  search: LeaseSearch;
}

/** Views that everybody has, in whichever project they are. */
export const BUILT_IN = [
  { key: 'mine', search: { actor: 'me' } },
  { key: 'soon', search: { status: 'active', ends: '1h' } },
  { key: 'failing', search: { status: 'failing' } },
  { key: 'early', search: { status: 'early' } },
] as const satisfies { key: string; search: LeaseSearch }[];

const KEY = 'mayfly.lease-views';

/** A person's own views, kept in this browser. What is no view is passed over. */
function readViews(): View[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(stored) ? stored.flatMap(viewOf) : [];
  } catch {
    return [];
  }
}

function viewOf(stored: unknown): View[] {
  const { name, search } = (stored ?? {}) as { name?: unknown; search?: unknown };
  if (typeof name !== 'string' || typeof search !== 'object' || search === null) return [];
  return [{ name, search: leaseSearch(search as Record<string, unknown>) }];
}

/** With a view of this name, in the place of one that had it. */
export function withView(views: View[], view: View): View[] {
  return [...views.filter(({ name }) => name !== view.name), view];
}

/** Whether both are the same filters, whatever order they came in. */
export function isSame(one: LeaseSearch, other: LeaseSearch): boolean {
  const text = (search: LeaseSearch) => JSON.stringify(Object.entries(search).sort());
  return text(one) === text(other);
}

export function useViews(): [View[], (views: View[]) => void] {
  const [views, setViews] = useState(readViews);
  return [
    views,
    next => {
      localStorage.setItem(KEY, JSON.stringify(next));
      setViews(next);
    },
  ];
}
