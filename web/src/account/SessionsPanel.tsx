import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import { asApiError } from '../api/problem.ts';
import type { Session } from '../api/schema.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { type Column, DataTable } from '../ui/DataTable.tsx';
import { Moment } from '../ui/Moment.tsx';
import { Panel } from '../ui/Panel.tsx';
import { tell } from '../ui/tell.ts';
import { sessionsQuery } from './queries.ts';

/** Where somebody is signed in, and how to end that. */
export function SessionsPanel() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { data: sessions } = useSuspenseQuery(sessionsQuery);
  const settled = {
    onError: (failure: unknown) => tell({ color: 'red', message: asApiError(failure).message }),
    onSettled: () => client.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
  };
  const end = useMutation({
    mutationFn: (sessionId: string) =>
      body(api.DELETE('/api/v1/auth/sessions/{sessionId}', { params: { path: { sessionId } } })),
    ...settled,
  });
  const endOthers = useMutation({
    mutationFn: () => body(api.POST('/api/v1/auth/sessions/end-others')),
    ...settled,
  });
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
          onClick={() => end.mutate(session.id)}
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
          onClick={() => endOthers.mutate()}
          loading={endOthers.isPending}
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
    </Panel>
  );
}
