import { useTranslation } from 'react-i18next';
import type { Lease } from '../api/schema.ts';
import { formatClock, formatRelative } from '../time/format.ts';
import { useNow } from '../time/use-now.ts';
import { StatusPill } from '../ui/StatusPill.tsx';
import classes from './LeaseTable.module.css';
import { standingOf, toneOf } from './standing.ts';

export function LeaseStatus({ lease }: { lease: Lease }) {
  const { t } = useTranslation();
  const now = useNow();
  const standing = standingOf(lease, now);
  return (
    <div>
      <StatusPill tone={toneOf(standing)} label={t(`leases.standing.${standing}`)} />
      {standing === 'livesOn' && (
        <div className={classes.more}>
          {t('leases.validUntil')}{' '}
          <span translate="no">{formatClock(lease.tokenExpiresAt ?? lease.expireAt, now)}</span>
        </div>
      )}
      {standing === 'failing' && (
        <div className={classes.more}>
          <span translate="no">{lease.statusDetails}</span>{' '}
          {lease.nextAttemptAt != null && (
            <>
              {lease.attempts != null && <>{t('leases.tries', { count: lease.attempts })} </>}
              {t('leases.nextTry')} <span translate="no">{formatRelative(lease.nextAttemptAt, now)}</span>
            </>
          )}
        </div>
      )}
    </div>
  );
}
