import type { TFunction } from 'i18next';
import type { Lease } from '../api/schema.ts';
import { formatClock } from '../time/format.ts';
import { serverNow } from '../time/server-clock.ts';

interface Words {
  title: string;
  message: string;
  color: string;
}

/** What became of a lease that was to end: success only where the cluster was seen to have removed what there was. */
export function outcomeWords(t: TFunction, lease: Lease): Words {
  const clock = (at: string | null | undefined) => formatClock(at ?? lease.expireAt, serverNow());
  const until = clock(lease.tokenExpiresAt);
  if (lease.state === 'closed') {
    return { title: t('leases.closed'), message: t('leases.closedUntil', { until }), color: 'indigo' };
  }
  if (lease.state === 'ending') {
    const words = lease.nextAttemptAt == null ? 'leases.notYetUntil' : 'leases.notYetTry';
    const next = clock(lease.nextAttemptAt);
    return { title: t('leases.notYet'), message: t(words, { until, next }), color: 'yellow' };
  }
  if (lease.outcome === 'revoked') {
    return {
      title: t('leases.revoked'),
      message: t('leases.revokedAt', { at: clock(lease.endedAt) }),
      color: 'green',
    };
  }
  if (lease.state === 'active' || lease.state === 'reserved') {
    return { title: t('leases.notEnded'), message: t('leases.closedUntil', { until }), color: 'yellow' };
  }
  return { title: t('leases.over'), message: t('leases.overWhy'), color: 'indigo' };
}
