import { useSuspenseQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ApprovalRequest } from '../api/schema.ts';
import { meQuery } from '../session/queries.ts';
import { RevealDialog } from '../token/RevealDialog.tsx';
import { useIssued } from '../token/use-issued.ts';
import { type Column, DataTable } from '../ui/DataTable.tsx';
import { Moment } from '../ui/Moment.tsx';
import { StatusPill, type Tone } from '../ui/StatusPill.tsx';
import { DecideDialog } from './DecideDialog.tsx';
import { FetchButton } from './FetchButton.tsx';
import type { Scope } from './queries.ts';
import { RequestActions } from './RequestActions.tsx';
import { WishWords } from './WishWords.tsx';
import { readWish } from './wish.ts';

const TONES: Record<string, Tone> = { pending: 'waiting', approved: 'good', denied: 'bad' };
const STATES = ['pending', 'approved', 'denied', 'used', 'expired', 'cancelled'] as const;

interface Props {
  requests: ApprovalRequest[];
  scope: Scope;
  projectSlug: string | undefined;
}

export function RequestTable({ requests, scope, projectSlug }: Props) {
  const { t } = useTranslation();
  const { data: me } = useSuspenseQuery(meQuery);
  const [deciding, setDeciding] = useState<{ request: ApprovalRequest; act: 'approve' | 'deny' } | null>(
    null,
  );
  const { issued, hand, drop, spend } = useIssued();
  const [fetched, setFetched] = useState<ApprovalRequest | null>(null);
  const columns: Column<ApprovalRequest>[] = [
    { key: 'state', header: t('leases.status'), cell: request => <State request={request} /> },
    {
      key: 'what',
      header: t('approvals.what'),
      cell: request => <WishWords wish={readWish(request.wish)} />,
    },
    {
      key: 'who',
      header: t('leases.who'),
      cell: request => <span translate="no">{request.requester.name}</span>,
    },
    {
      key: 'why',
      header: t('leases.reason'),
      cell: request => <span translate="no">{request.reason ?? '–'}</span>,
    },
    { key: 'asked', header: t('approvals.asked'), cell: request => <Moment at={request.createdAt} /> },
    {
      key: 'actions',
      header: t('leases.actions'),
      isQuiet: true,
      cell: request =>
        request.requester.id === me.user.id && request.state === 'approved' && scope !== null ? (
          <FetchButton
            request={request}
            scope={scope}
            onFetched={handed => {
              setFetched(request);
              hand(handed);
            }}
          />
        ) : (
          <RequestActions
            request={request}
            scope={scope}
            isOwn={request.requester.id === me.user.id}
            onDecide={act => setDeciding({ request, act })}
          />
        ),
    },
  ];
  const wish = fetched === null ? null : readWish(fetched.wish);
  return (
    <>
      <DataTable
        label={t('places.approvals')}
        columns={columns}
        rows={requests}
        rowKey={request => request.id}
      />
      {deciding !== null && <DecideDialog {...deciding} scope={scope} onClose={() => setDeciding(null)} />}
      {issued !== null && wish?.kind === 'lease' && projectSlug !== undefined && (
        <RevealDialog
          issued={issued}
          place={{ projectSlug, environmentSlug: wish.environmentSlug, path: wish.path }}
          onOver={spend}
          onClose={drop}
        />
      )}
    </>
  );
}

function State({ request }: { request: ApprovalRequest }) {
  const { t } = useTranslation();
  const state = STATES.find(candidate => candidate === request.state) ?? 'pending';
  return (
    <div>
      <StatusPill tone={TONES[state] ?? 'plain'} label={t(`approvals.states.${state}`)} />
      <div>{t('approvals.votes', { count: request.approvals, given: request.votes.length })}</div>
      {request.deniedBecause != null && (
        <div translate="no">{`${request.deniedBy ?? ''}: ${request.deniedBecause}`}</div>
      )}
      {state === 'approved' && request.usableUntil != null && (
        <div>
          {t('approvals.usable')} <Moment at={request.usableUntil} />
        </div>
      )}
    </div>
  );
}
