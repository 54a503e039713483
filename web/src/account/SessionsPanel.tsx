import { useSuspenseQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session } from '../api/schema.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { type Column, DataTable } from '../ui/DataTable.tsx';
import { Moment } from '../ui/Moment.tsx';
import { Panel } from '../ui/Panel.tsx';
import { EndSessionsDialog } from './EndSessionsDialog.tsx';
import { sessionsQuery } from './queries.ts';

/** Where somebody is signed in, and how to end that. */
export function SessionsPanel() {
  const { t } = useTranslation();
  const { data: sessions } = useSuspenseQuery(sessionsQuery);
  const [ending, setEnding] = useState<Session | 'others' | null>(null);
  const columns: Column<Session>[] = [
    {
      key: 'program',
      header: t('account.program'),
      cell: session => (
        <>
          <span translate="no">{session.userAgent || '–'}</span>{' '}
          {session.isCurrent && <strong>{t('account.thisOne')}</strong>}
        </>
      ),
    },
    {
      key: 'from',
      header: t('account.from'),
      cell: session => <span translate="no">{session.ipAddress ?? '–'}</span>,
    },
    { key: 'used', header: t('account.lastUsed'), cell: session => <Moment at={session.lastUsedAt} /> },
    { key: 'ends', header: t('leases.ends'), cell: session => <Moment at={session.endsAt} /> },
    {
      key: 'actions',
      header: t('leases.actions'),
      isQuiet: true,
      cell: session => (
        <ActionButton
          size="compact-sm"
          variant="default"
          reason={session.isCurrent ? t('account.endThis') : null}
          onClick={() => setEnding(session)}
        >
          {t('session.signOut')}
        </ActionButton>
      ),
    },
  ];
  return (
    <Panel
      title={t('account.sessions')}
      actions={
        <ActionButton
          variant="default"
          reason={sessions.length < 2 ? t('account.noOthers') : null}
          onClick={() => setEnding('others')}
        >
          {t('account.endOthers')}
        </ActionButton>
      }
    >
      <DataTable
        label={t('account.sessions')}
        columns={columns}
        rows={sessions}
        rowKey={session => session.id}
      />
      {ending !== null && <EndSessionsDialog session={ending} onClose={() => setEnding(null)} />}
    </Panel>
  );
}
