import type { Clusters } from './clusters.ts';
import type { Row } from './use-matrix.ts';

export const MODES = ['static', 'dynamic'] as const;
export const STATUSES = ['live', 'idle'] as const;

/** What the address narrows the overview down to. */
export interface Narrowing {
  q?: string;
  mode?: (typeof MODES)[number];
  status?: (typeof STATUSES)[number];
  /** The id of a connection. */
  cluster?: string;
}

/** Of dynamic secrets, lists say what their tokens are issued for by `revocable`, which only existing accounts have. */
export function modeOf({ revocable }: { revocable?: boolean | null }): (typeof MODES)[number] {
  return revocable == null ? 'dynamic' : 'static';
}

export function narrowed(
  rows: Row[],
  { q = '', mode, status, cluster }: Narrowing,
  clusters: Clusters = {},
): Row[] {
  const wanted = q.toLowerCase();
  return rows.filter(({ name, cells }) => {
    const isOfMode = mode === undefined || cells.some(({ secret }) => secret && modeOf(secret) === mode);
    const isIn =
      cluster === undefined || cells.some(({ secret }) => clusters[secret?.id ?? '']?.id === cluster);
    const isLive = cells.some(({ live }) => live > 0);
    const isOfStatus = status === undefined || isLive === (status === 'live');
    return isOfMode && isOfStatus && isIn && name.toLowerCase().includes(wanted);
  });
}
