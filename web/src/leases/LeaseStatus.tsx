import { useTranslation } from 'react-i18next';
import type { Lease } from '../api/schema.ts';
import { formatClock, formatRelative } from '../time/format.ts';
import { useWithTime } from '../time/use-now.ts';
import { StatusPill } from '../ui/StatusPill.tsx';
import classes from './LeaseTable.module.css';
import { standingOf, toneOf } from './standing.ts';

export function LeaseStatus({ lease }: { lease: Lease }) {
  const { t } = useTranslation();
  const standing = useWithTime(now => standingOf(lease, now));
  return (
    <div>
      <StatusPill tone={toneOf(standing)} label={t(`leases.standing.${standing}`)} />
      {standing === 'livesOn' && (
        <div className={classes.more}>
          {t('leases.validUntil')} <Clock at={lease.tokenExpiresAt ?? lease.expireAt} format={formatClock} />
        </div>
      )}
      {standing === 'failing' && (
        <div className={classes.more}>
          <span translate="no">{lease.statusDetails}</span>{' '}
          {lease.nextAttemptAt != null && (
            <>
              {(lease.attempts ?? 0) > 0 && <>{t('leases.tries', { count: lease.attempts ?? 0 })} </>}
              {t('leases.nextTry')} <Clock at={lease.nextAttemptAt} format={formatRelative} />
            </>
          )}
        </div>
      )}
    </div>
  );
}

function Clock({ at, format }: { at: string; format: (at: string, now: number) => string }) {
  return <span translate="no">{useWithTime(now => format(at, now))}</span>;
}
