import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useSync } from '../live/sync.ts';
import { watchChanges } from '../live/watch.ts';
import { formatClock } from '../time/format.ts';

/** Keeps the tab up to date, and says whether it is: by a word and a mark, with the time until which what is shown is known. */
export function SyncStatus() {
  const { t } = useTranslation();
  const client = useQueryClient();
  useEffect(() => watchChanges(client), [client]);
  const { mode, at } = useSync();
  return (
    <span data-sync={mode}>
      {t(`shell.sync.${mode}`)} <span aria-hidden="true">{mode === 'live' ? '●' : '○'}</span>
      {at !== null && (
        <>
          {' '}
          {t('shell.synced')} <span translate="no">{formatClock(at, Date.now())}</span>
        </>
      )}
    </span>
  );
}
