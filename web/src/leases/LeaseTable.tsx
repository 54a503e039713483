import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Lease } from '../api/schema.ts';
import { useNow } from '../time/use-now.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { Countdown } from '../ui/Countdown.tsx';
import { type Column, DataTable } from '../ui/DataTable.tsx';
import { Moment } from '../ui/Moment.tsx';
import { LeaseStatus } from './LeaseStatus.tsx';
import classes from './LeaseTable.module.css';
import type { Place } from './queries.ts';
import { canEnd } from './standing.ts';

const DeleteLeaseDialog = lazy(async () => ({
  default: (await import('./DeleteLeaseDialog.tsx')).DeleteLeaseDialog,
}));

interface Props {
  leases: Lease[];
  /** Where the dynamic secret of a lease lies, if that is known. */
  placeOf: (lease: Lease) => Place | undefined;
  projectOf: (lease: Lease) => string;
  /** Columns of the page's own, after the status. */
  more?: Column<Lease>[];
}

/** Leases with who holds them, why and until when; the same table wherever leases are listed. */
export function LeaseTable({ leases, placeOf, projectOf, more = [] }: Props) {
  const { t } = useTranslation();
  const [ending, setEnding] = useState<{ lease: Lease; place: Place } | null>(null);
  const columns: Column<Lease>[] = [
    { key: 'status', header: t('leases.status'), cell: lease => <LeaseStatus lease={lease} /> },
    ...more,
    {
      key: 'holder',
      header: t('leases.who'),
      cell: lease => <span translate="no">{lease.holder.name}</span>,
    },
    {
      key: 'account',
      header: t('leases.account'),
      cell: lease => (
        <span className="mono" translate="no">{`${lease.namespace}/${lease.serviceAccountName}`}</span>
      ),
    },
    {
      key: 'reason',
      header: t('leases.reason'),
      cell: lease => (
        <span className={classes.reason} translate="no">
          {lease.reason ?? '–'}
        </span>
      ),
    },
    {
      key: 'issued',
      header: t('leases.issued'),
      cell: lease => (
        <Link to="/leases/$lease" params={{ lease: lease.id }} search={{ project: projectOf(lease) }}>
          <span className="visually-hidden">
            {t('leases.openOne', { holder: lease.holder.name, account: lease.serviceAccountName })}{' '}
          </span>
          <Moment at={lease.createdAt} isFocusable={false} />
        </Link>
      ),
    },
    { key: 'ends', header: t('leases.ends'), cell: lease => <Ends lease={lease} /> },
    {
      key: 'actions',
      header: t('leases.actions'),
      isQuiet: true,
      cell: lease => <Delete lease={lease} place={placeOf(lease)} onDelete={setEnding} />,
    },
  ];
  return (
    <>
      <DataTable label={t('leases.title')} columns={columns} rows={leases} rowKey={lease => lease.id} />
      {ending !== null && (
        <Suspense>
          <DeleteLeaseDialog {...ending} onClose={() => setEnding(null)} />
        </Suspense>
      )}
    </>
  );
}

function Ends({ lease }: { lease: Lease }) {
  const { t } = useTranslation();
  const now = useNow();
  if (canEnd(lease, now)) return <Countdown until={lease.expireAt} label={t('leases.in')} />;
  return <Moment at={lease.endedAt ?? lease.expireAt} />;
}

interface DeleteProps {
  lease: Lease;
  place: Place | undefined;
  onDelete: (chosen: { lease: Lease; place: Place }) => void;
}

function Delete({ lease, place, onDelete }: DeleteProps) {
  const { t } = useTranslation();
  const now = useNow();
  if (!canEnd(lease, now)) return null;
  return (
    <ActionButton
      size="compact-sm"
      variant="default"
      reason={place === undefined ? t('leases.placeUnknown') : null}
      onClick={() => place !== undefined && onDelete({ lease, place })}
      data-key="r"
      aria-label={t('leases.deleteFor', { account: lease.serviceAccountName, holder: lease.holder.name })}
    >
      {t('leases.delete')}
    </ActionButton>
  );
}
