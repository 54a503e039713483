import type { ClusterConnection } from '../api/schema.ts';

/** What the API server has to show to be believed. */
export function verifiedBy({ verification, ca }: ClusterConnection): 'nothing' | 'ca' | 'system' {
  if (verification !== 'full') return 'nothing';
  return ca == null ? 'system' : 'ca';
}
