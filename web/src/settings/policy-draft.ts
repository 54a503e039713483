import type { EnvironmentPolicy, PolicyRequest } from '../api/schema.ts';

/** A policy as somebody edits it. */
export interface PolicyDraft {
  requiresReason: boolean;
  requiresRevocable: boolean;
  maxTTL: string;
  /** How many others have to agree. */
  approvals: string;
  validFor: string;
}

/** How long a word counts where nobody said otherwise. */
const USUAL = '30m';

/** The draft that leaves everything as it is. */
export function draftOf({
  requiresReason,
  requiresRevocable,
  maxTTL,
  approval,
}: EnvironmentPolicy): PolicyDraft {
  return {
    requiresReason,
    requiresRevocable,
    maxTTL: maxTTL ?? '',
    approvals: String(approval?.approvals ?? 0),
    validFor: approval?.validFor ?? USUAL,
  };
}

/** The draft as the server will have it. */
export function tidied(draft: PolicyDraft): PolicyDraft {
  const validFor = draft.approvals === '0' ? USUAL : draft.validFor.trim();
  return { ...draft, maxTTL: draft.maxTTL.trim(), validFor };
}

/** What is sent to change one: only what differs. How many agree and how long that counts are one thing to the server. */
export function changesOf(before: PolicyDraft, after: PolicyDraft): PolicyRequest {
  const isOther = (...fields: (keyof PolicyDraft)[]) => fields.some(field => before[field] !== after[field]);
  const count = Number(after.approvals);
  return {
    ...(isOther('requiresReason') ? { requiresReason: after.requiresReason } : {}),
    ...(isOther('requiresRevocable') ? { requiresRevocable: after.requiresRevocable } : {}),
    ...(isOther('maxTTL') ? { maxTTL: after.maxTTL === '' ? null : after.maxTTL } : {}),
    ...(isOther('approvals', 'validFor')
      ? { approval: count === 0 ? null : { approvals: count, validFor: after.validFor } }
      : {}),
  };
}
