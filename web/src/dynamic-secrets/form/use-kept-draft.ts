import { useEffect, useRef, useState } from 'react';
import { type Draft, EMPTY } from './draft.ts';

const PREFIX = 'mayfly.draft.';

interface Kept {
  draft: Draft;
  change: (changes: Partial<Draft>) => void;
  /** Whether anything is otherwise than it began. */
  isChanged: boolean;
  /** Begins anew, and forgets. */
  discard: () => void;
  /** Forgets what was kept, because it is saved. */
  forget: () => void;
}

/** A form's state. Under a name it outlives a reload, in this tab and without the Cluster Token. */
export function useKeptDraft(initial: Draft, keepAs: string | undefined): Kept {
  const [first] = useState(initial);
  const [draft, setDraft] = useState(() => read(keepAs) ?? first);
  const isChanged = JSON.stringify(draft) !== JSON.stringify(first);
  const last = useRef(keepAs);
  useEffect(() => {
    if (last.current !== keepAs) remove(last.current);
    last.current = keepAs;
    if (isChanged) write(keepAs, draft);
    else remove(keepAs);
  }, [draft, keepAs, isChanged]);
  return {
    draft,
    change: changes => setDraft(before => ({ ...before, ...changes })),
    isChanged,
    discard: () => setDraft(first),
    forget: () => remove(keepAs),
  };
}

function write(name: string | undefined, draft: Draft): void {
  if (name === undefined) return;
  sessionStorage.setItem(PREFIX + name, JSON.stringify({ ...draft, clusterToken: '' }));
}

function remove(name: string | undefined): void {
  if (name !== undefined) sessionStorage.removeItem(PREFIX + name);
}

/** An older version of the page may have written it, without a field or two. */
function read(name: string | undefined): Draft | null {
  const text = name === undefined ? null : sessionStorage.getItem(PREFIX + name);
  if (text === null) return null;
  try {
    return { ...EMPTY, ...(JSON.parse(text) as Partial<Draft>) };
  } catch {
    return null;
  }
}
