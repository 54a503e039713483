import type { GatewayDraft } from './gateway-draft.ts';

type TextOf = Exclude<keyof GatewayDraft, 'method' | 'keysAre'>;

/** What each field of a draft has in common: its text, what becomes of a change, and what the server said of it. */
export function fieldOf(
  draft: GatewayDraft,
  change: (changes: Partial<GatewayDraft>) => void,
  faults: Record<string, string>,
) {
  return (name: TextOf) => ({
    value: draft[name],
    onChange: (event: { currentTarget: { value: string } }) => change({ [name]: event.currentTarget.value }),
    error: faults[name],
    autoComplete: 'off',
    spellCheck: false,
  });
}
