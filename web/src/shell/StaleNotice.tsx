import { Button } from '@mantine/core';
import { type Query, type QueryCache, useQueryClient } from '@tanstack/react-query';
import { useCallback, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { asApiError } from '../api/problem.ts';
import { formatClock } from '../time/format.ts';
import { Notice } from '../ui/Notice.tsx';

/**
 * Says that something on the page is old because asking again for it failed, and since when; what was there stays. Where the
 * server does not answer, it goes away by itself when that does again; what the server refuses is asked for once more by hand.
 */
export function StaleNotice() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const unreachable = useSince(isUnreachable);
  const refused = useSince(isRefused);
  return (
    <>
      {unreachable !== null && (
        <Notice tone="warn">
          {t('shell.stale')} <span translate="no">{formatClock(unreachable, Date.now())}</span>
        </Notice>
      )}
      {refused !== null && (
        <Notice tone="warn">
          {t('shell.partStale')} <span translate="no">{formatClock(refused, Date.now())}</span>{' '}
          <span translate="no">({whyOf(client.getQueryCache())})</span>{' '}
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => void client.refetchQueries({ predicate: isRefused })}
          >
            {t('state.retry')}
          </Button>
        </Notice>
      )}
    </>
  );
}

/** Since when the oldest of some queries is as it is; null where there is none. */
function useSince(isOne: (query: Query) => boolean): number | null {
  const cache = useQueryClient().getQueryCache();
  const subscribe = useCallback((listener: () => void) => cache.subscribe(listener), [cache]);
  return useSyncExternalStore(subscribe, () => {
    const times = cache.findAll({ predicate: isOne }).map(({ state }) => state.dataUpdatedAt);
    return times.length === 0 ? null : Math.min(...times);
  });
}

function isUnreachable(query: Query): boolean {
  return isOld(query) && asApiError(query.state.error).isUnreachable;
}

function isRefused(query: Query): boolean {
  return isOld(query) && !asApiError(query.state.error).isUnreachable;
}

function isOld(query: Query): boolean {
  return query.isActive() && query.state.data !== undefined && query.state.error !== null;
}

function whyOf(cache: QueryCache): string {
  return asApiError(cache.findAll({ predicate: isRefused })[0]?.state.error).message;
}
