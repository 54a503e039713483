import type { Draft } from './draft.ts';

/** What one environment has otherwise; empty is as in the form. */
export interface Override {
  namespace?: string;
  serviceAccountName?: string;
  defaultTTL?: string;
  maxTTL?: string;
}

/** In the order in which they are asked for. An account of its own is for leases of existing accounts only. */
export function overridable(draft: Draft): (keyof Override)[] {
  return draft.credentialType === 'static'
    ? ['namespace', 'serviceAccountName', 'defaultTTL', 'maxTTL']
    : ['namespace', 'defaultTTL', 'maxTTL'];
}

/** The draft as one environment gets it. */
export function draftFor(draft: Draft, environment: string): Draft {
  const own = draft.overrides[environment] ?? {};
  const said = overridable(draft).flatMap(field => {
    const value = own[field]?.trim() ?? '';
    return value === '' ? [] : [[field, value]];
  });
  return { ...draft, ...Object.fromEntries(said) };
}
