import type { ClusterConnection } from '../api/schema.ts';

/** What the API server has to show to be believed. */
export function verifiedBy({
  authMethod,
  verification,
  ca,
}: ClusterConnection): 'gateway' | 'nothing' | 'ca' | 'system' {
  if (authMethod === 'gateway') return 'gateway';
  if (verification !== 'full') return 'nothing';
  return ca == null ? 'system' : 'ca';
}
