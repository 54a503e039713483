import { useEffect, useRef, useState } from 'react';
import { type Draft, EMPTY } from './draft.ts';
import type { Kept, Typed } from './SecretForm.tsx';

const PREFIX = 'mayfly.draft.';

/** A form's state, which outlives a reload under a name, in this tab and without the Cluster Token. */
export function useKeptDraft(initial: Draft, keepAs: string): Typed & Kept {
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

function write(name: string, draft: Draft): void {
  sessionStorage.setItem(PREFIX + name, JSON.stringify({ ...draft, clusterToken: '' }));
}

function remove(name: string): void {
  sessionStorage.removeItem(PREFIX + name);
}

/** An older version of the page may have written it, without a field or two. */
function read(name: string): Draft | null {
  const text = sessionStorage.getItem(PREFIX + name);
  if (text === null) return null;
  try {
    return { ...EMPTY, ...(JSON.parse(text) as Partial<Draft>) };
  } catch {
    return null;
  }
}
