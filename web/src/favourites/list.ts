import { useSyncExternalStore } from 'react';

/** A project, or one dynamic secret in it. Their names only: nothing is in the browser that an address would not say. */
export interface Favourite {
  project: string;
  secret?: { environment: string; path: string; name: string };
}

const KEY = 'mayfly.favourites.';
/** As many as there are digits to open them. */
export const MOST = 9;
const NONE: Favourite[] = [];
const listeners = new Set<() => void>();
const lists = new Map<string, Favourite[]>();

function read(userId: string): Favourite[] {
  const known = lists.get(userId) ?? parsed(localStorage.getItem(KEY + userId));
  lists.set(userId, known);
  return known;
}

function parsed(text: string | null): Favourite[] {
  try {
    const list: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(list) ? list.filter(isFavourite).slice(0, MOST) : NONE;
  } catch {
    return NONE;
  }
}

function isFavourite(value: unknown): value is Favourite {
  return typeof (value as Partial<Favourite> | null)?.project === 'string';
}

/** Keeps it, or keeps it no more. What is there longest goes when there are too many. */
function toggle(userId: string, favourite: Favourite): void {
  const others = read(userId).filter(one => !isSame(one, favourite));
  const isNew = others.length === read(userId).length;
  const next = isNew ? [...others, favourite].slice(-MOST) : others;
  lists.set(userId, next);
  localStorage.setItem(KEY + userId, JSON.stringify(next));
  for (const listener of listeners) listener();
}

function isSame(one: Favourite, other: Favourite): boolean {
  const text = ({ project, secret }: Favourite) =>
    JSON.stringify([project, secret?.environment, secret?.path, secret?.name]);
  return text(one) === text(other);
}

/** What somebody keeps at hand in this browser. */
export function useFavourites(userId: string) {
  const list = useSyncExternalStore(
    listener => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => read(userId),
  );
  return {
    list,
    has: (favourite: Favourite) => list.some(one => isSame(one, favourite)),
    toggle: (favourite: Favourite) => toggle(userId, favourite),
  };
}
