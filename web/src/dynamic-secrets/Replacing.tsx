import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Lease } from '../api/schema.ts';
import { leaseQuery } from '../leases/lease.ts';
import { canEnd } from '../leases/standing.ts';
import { formatClock, formatRelative } from '../time/format.ts';
import { useNow } from '../time/use-now.ts';
import { Notice } from '../ui/Notice.tsx';

interface Replaced {
  /** What the server is told to end; null where nothing is to be replaced, or it is over already. */
  id: string | null;
  lease: Lease | undefined;
}

export function useReplaced(id: string | undefined, project: string): Replaced {
  const now = useNow();
  const { data: lease } = useQuery({ ...leaseQuery(project, id ?? ''), enabled: id !== undefined });
  const isOver = lease !== undefined && !canEnd(lease, now);
  return { id: id === undefined || isOver ? null : id, lease };
}

/** The lease that ends once the new one is issued, and what becomes of its token then. */
export function Replacing({ id, lease }: Replaced) {
  const { t } = useTranslation();
  const now = useNow();
  if (lease === undefined) return null;
  if (id === null) return <Notice tone="plain">{t('secrets.replacesNone')}</Notice>;
  const until = formatClock(lease.tokenExpiresAt ?? lease.expireAt, now);
  return (
    <Notice tone="plain">
      {t('secrets.replaces')}{' '}
      <span translate="no">
        {[`${lease.namespace}/${lease.serviceAccountName}`, lease.reason].filter(Boolean).join(' · ')}
      </span>{' '}
      {t('leases.ends')} <span translate="no">{formatRelative(lease.expireAt, now)}</span>.{' '}
      {lease.endsWhen === 'deleted' ? t('leases.willRevoke') : t('leases.willLive', { until })}
    </Notice>
  );
}
