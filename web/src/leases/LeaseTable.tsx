import { Link } from '@tanstack/react-router';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Lease } from '../api/schema.ts';
import { useWithTime } from '../time/use-now.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { Countdown } from '../ui/Countdown.tsx';
import { type Column, DataTable, type TableProps } from '../ui/DataTable.tsx';
import { Moment } from '../ui/Moment.tsx';
import { LeaseStatus } from './LeaseStatus.tsx';
import classes from './LeaseTable.module.css';
import { canEnd } from './standing.ts';

const DeleteLeaseDialog = lazy(async () => ({
  default: (await import('./DeleteLeaseDialog.tsx')).DeleteLeaseDialog,
}));

interface Props {
  leases: Lease[];
  /** The slug of a lease's project. */
  projectOf: (lease: Lease) => string;
  /** Columns of the page's own: before the status, and after it. */
  first?: Column<Lease>[];
  more?: Column<Lease>[];
  /** The link to one lease, where it does not lead to its page. */
  linkTo?: (lease: Lease, words: ReactNode) => ReactNode;
  /** How the rows are drawn, where there may be very many. */
  draw?: (table: TableProps<Lease>) => ReactNode;
}

/** Leases with who holds them, why and until when; the same table wherever leases are listed. */
export function LeaseTable({
  leases,
  projectOf,
  first = [],
  more = [],
  linkTo,
  draw = table => <DataTable {...table} />,
}: Props) {
  const { t } = useTranslation();
  const [ending, setEnding] = useState<Lease | null>(null);
  const link = linkTo ?? toPage;
  const columns: Column<Lease>[] = [
    ...first,
    { key: 'status', header: t('leases.status'), cell: lease => <LeaseStatus lease={lease} /> },
    ...more,
    {
      key: 'holder',
      header: t('leases.who'),
      width: 'wide',
      cell: lease => <span translate="no">{lease.holder.name}</span>,
    },
    {
      key: 'account',
      header: t('leases.account'),
      width: 'wide',
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
    { key: 'issued', header: t('leases.issued'), width: 'narrow', cell: lease => link(lease, issued(lease)) },
    {
      key: 'ends',
      header: t('leases.ends'),
      width: 'narrow',
      cell: lease => <Ends lease={lease} />,
    },
    {
      key: 'actions',
      header: t('leases.actions'),
      isQuiet: true,
      width: 'action',
      cell: lease => <Delete lease={lease} onDelete={setEnding} />,
    },
  ];
  return (
    <>
      {draw({ label: t('leases.title'), columns, rows: leases, rowKey: lease => lease.id })}
      {ending !== null && (
        <Suspense>
          <DeleteLeaseDialog lease={ending} project={projectOf(ending)} onClose={() => setEnding(null)} />
        </Suspense>
      )}
    </>
  );

  function toPage(lease: Lease, words: ReactNode) {
    return (
      <Link to="/leases/$lease" params={{ lease: lease.id }} search={{ project: projectOf(lease) }}>
        {words}
      </Link>
    );
  }

  function issued(lease: Lease) {
    return (
      <>
        <span className="visually-hidden">
          {t('leases.openOne', { holder: lease.holder.name, account: lease.serviceAccountName })}{' '}
        </span>
        <Moment at={lease.createdAt} isFocusable={false} />
      </>
    );
  }
}

function Ends({ lease }: { lease: Lease }) {
  const { t } = useTranslation();
  return (
    <Countdown
      until={lease.expireAt}
      label={t('leases.in')}
      isStopped={lease.state !== 'active'}
      after={<Moment at={lease.endedAt ?? lease.expireAt} />}
    />
  );
}

function Delete({ lease, onDelete }: { lease: Lease; onDelete: (lease: Lease) => void }) {
  const { t } = useTranslation();
  const isLive = useWithTime(now => canEnd(lease, now));
  if (!isLive) return null;
  return (
    <ActionButton
      size="compact-sm"
      variant="default"
      onClick={() => onDelete(lease)}
      data-key="r"
      aria-label={t('leases.deleteFor', { account: lease.serviceAccountName, holder: lease.holder.name })}
    >
      {t('leases.delete')}
    </ActionButton>
  );
}
