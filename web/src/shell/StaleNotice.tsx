import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { asApiError } from '../api/problem.ts';
import { formatClock } from '../time/format.ts';
import { Notice } from '../ui/Notice.tsx';

/** Says that what is on the page is old because the server does not answer, and since when. It goes away by itself. */
export function StaleNotice() {
  const { t } = useTranslation();
  const cache = useQueryClient().getQueryCache();
  const subscribe = useCallback((listener: () => void) => cache.subscribe(listener), [cache]);
  const since = useSyncExternalStore(subscribe, () =>
    cache
      .getAll()
      .filter(query => query.isActive() && query.state.data !== undefined && query.state.error !== null)
      .filter(query => asApiError(query.state.error).isUnreachable)
      .reduce((oldest, query) => Math.min(oldest, query.state.dataUpdatedAt), Number.POSITIVE_INFINITY),
  );
  if (since === Number.POSITIVE_INFINITY) return null;
  return (
    <Notice tone="warn">
      {t('shell.stale')} <span translate="no">{formatClock(since, Date.now())}</span>
    </Notice>
  );
}
