import { type Draft, inputsOf } from './draft.ts';

/** One field as it is and as it would be. */
export interface Change {
  field: string;
  before: string;
  after: string;
}

/** What saving would change. A token is never told, only that there is another one. */
export function changesOf(before: Draft, after: Draft): Change[] {
  const old = flat(before);
  const next = flat(after);
  return [...new Set([...Object.keys(old), ...Object.keys(next)])]
    .map(field => ({ field, before: old[field] ?? '', after: next[field] ?? '' }))
    .filter(({ before, after }) => before !== after);
}

function flat(draft: Draft): Record<string, string> {
  const { clusterToken, authMethod: _, ...inputs } = inputsOf(draft);
  const { name, defaultTTL, maxTTL } = draft;
  const all = {
    name,
    defaultTTL,
    maxTTL,
    ...inputs,
    ...(clusterToken ? { clusterToken: '••••••••' } : {}),
  };
  return Object.fromEntries(
    Object.entries(all).map(([field, value]) => [
      field,
      Array.isArray(value) ? value.join(', ') : `${value ?? ''}`,
    ]),
  );
}
