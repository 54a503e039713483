import { oneOf, text } from '../app/search.ts';

/** How leases stand, as far as the server can be asked for it. */
export const STATUSES = ['active', 'issuing', 'ending', 'failing', 'early', 'open', 'over'] as const;
export const ENDS = ['1h', '24h', '7d'] as const;
export const GROUPINGS = ['actor', 'cluster', 'secret'] as const;

export type Status = (typeof STATUSES)[number];
export type Ends = (typeof ENDS)[number];
export type Grouping = (typeof GROUPINGS)[number];

/** What narrows leases down, as the address has it. */
export interface LeaseSearch {
  project?: string;
  env?: string;
  status?: Status;
  /** `me`, or the id of a person or an identity. */
  actor?: string;
  cluster?: string;
  secret?: string;
  ends?: Ends;
  /** Part of a name, a reason or an account. */
  q?: string;
  group?: Grouping;
}

export function leaseSearch(search: Record<string, unknown>): LeaseSearch {
  return {
    ...text(search, 'project'),
    ...text(search, 'env'),
    ...oneOf(search, 'status', STATUSES),
    ...text(search, 'actor'),
    ...text(search, 'cluster'),
    ...text(search, 'secret'),
    ...oneOf(search, 'ends', ENDS),
    ...text(search, 'q'),
    ...oneOf(search, 'group', GROUPINGS),
  };
}

export function isNarrow({ project: _, group: __, ...search }: LeaseSearch): boolean {
  return Object.keys(search).length > 0;
}
