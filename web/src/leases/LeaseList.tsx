import { Link, useNavigate } from '@tanstack/react-router';
import { type ReactNode, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Lease } from '../api/schema.ts';
import type { Column } from '../ui/DataTable.tsx';
import { FailurePanel } from '../ui/FailurePanel.tsx';
import { LongTable } from '../ui/LongTable.tsx';
import { Waiting } from '../ui/Waiting.tsx';
import { BulkBar } from './BulkBar.tsx';
import { choiceColumn } from './choice.tsx';
import { useChosen } from './chosen.ts';
import { type Filter, liveOf } from './filter.ts';
import { LeaseDrawer } from './LeaseDrawer.tsx';
import { LeaseTable } from './LeaseTable.tsx';
import type { History } from './use-history.ts';

interface Props {
  /** What is listed. */
  filter: Filter;
  history: History;
  /** The slug of a lease's project. */
  slugOf: (lease: Lease) => string;
  /** Columns of the page's own, after the status. */
  more?: Column<Lease>[];
  /** The lease that is open beside the list, as the address has it. */
  open: string | undefined;
  /** What is shown where there is none. */
  none: ReactNode;
}

/** Leases as they are scrolled to, to choose from and to end, each beside the list when it is opened. */
export function LeaseList({ filter, history, slugOf, more = [], open, none }: Props) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [chosen, setChosen] = useChosen(filter, history);
  const opened = useRef<{ id: string; slug: string } | undefined>(undefined);
  const { leases, query } = history;

  if (query.data === undefined) {
    if (query.error === null) return <Waiting />;
    return <FailurePanel failure={query.error} onRetry={() => void query.refetch()} />;
  }
  return (
    <>
      <BulkBar
        live={leases.length > 0 ? liveOf(filter) : null}
        chosen={chosen}
        onChoose={setChosen}
        slugOf={slugOf}
      />
      {content()}
      {open !== undefined && (
        <LeaseDrawer
          id={open}
          project={slugOfOpen()}
          leases={leases}
          onNearEnd={history.more}
          onOpen={show}
          onClose={() => show(undefined)}
        />
      )}
    </>
  );

  function content() {
    if (leases.length === 0) return history.isWhole ? none : <Waiting />;
    return (
      <LeaseTable
        leases={leases}
        projectOf={slugOf}
        more={more}
        first={[choiceColumn(t, { ids: chosen, toggle })]}
        linkTo={(lease, words) => (
          <Link
            to="."
            search={(rest: object) => ({ ...rest, open: lease.id })}
            mask={maskOf(lease.id, slugOf(lease))}
            resetScroll={false}
            data-opens
          >
            {words}
          </Link>
        )}
        draw={table => <LongTable {...table} onNearEnd={history.more} onFirst={history.look} />}
      />
    );
  }

  function toggle(lease: Lease) {
    const next = new Map(chosen);
    if (!next.delete(lease.id)) next.set(lease.id, lease);
    setChosen(next);
  }

  /** Known still when the open one has left the list, because it ended for instance. */
  function slugOfOpen(): string | undefined {
    const lease = leases.find(({ id }) => id === open);
    if (lease !== undefined) opened.current = { id: lease.id, slug: slugOf(lease) };
    return opened.current?.id === open ? opened.current?.slug : undefined;
  }

  function show(id: string | undefined) {
    const lease = leases.find(candidate => candidate.id === id);
    void navigate({
      to: '.',
      search: ({ open: _, ...rest }: { open?: string }) => (id === undefined ? rest : { ...rest, open: id }),
      resetScroll: false,
      ...(lease === undefined ? {} : { mask: maskOf(lease.id, slugOf(lease)) }),
    });
  }
}

/** The address of the lease's own page, which is what a link or a reload shows. */
function maskOf(lease: string, project: string) {
  return { to: '/leases/$lease', params: { lease }, search: { project }, unmaskOnReload: true } as const;
}
