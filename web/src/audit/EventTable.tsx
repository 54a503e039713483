import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LoggedEvent } from '../api/schema.ts';
import { formatAbsolute } from '../time/format.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { type Column, DataTable } from '../ui/DataTable.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Fact, Facts } from '../ui/Facts.tsx';
import { Snippet } from '../ui/Snippet.tsx';
import { StatusPill, type Tone } from '../ui/StatusPill.tsx';

const OUTCOMES = { success: 'good', failure: 'bad', denied: 'bad' } as const satisfies Record<string, Tone>;

export function EventTable({ events }: { events: LoggedEvent[] }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState<LoggedEvent | null>(null);
  const columns: Column<LoggedEvent>[] = [
    {
      key: 'at',
      header: t('audit.at'),
      cell: event => (
        <time dateTime={event.createdAt} translate="no">
          {formatAbsolute(event.createdAt)}
        </time>
      ),
    },
    { key: 'outcome', header: t('audit.outcome'), cell: event => <Outcome outcome={event.outcome} /> },
    { key: 'kind', header: t('audit.kind'), cell: event => <span translate="no">{event.kind}</span> },
    { key: 'actor', header: t('leases.who'), cell: event => <span translate="no">{actorName(event)}</span> },
    { key: 'what', header: t('audit.about'), cell: event => <span translate="no">{aboutOf(event)}</span> },
    {
      key: 'from',
      header: t('audit.from'),
      cell: event => <span translate="no">{event.ipAddress ?? '–'}</span>,
    },
    {
      key: 'more',
      header: t('leases.actions'),
      isQuiet: true,
      cell: event => (
        <ActionButton size="compact-sm" variant="default" onClick={() => setShown(event)}>
          {t('audit.details')}
        </ActionButton>
      ),
    },
  ];
  return (
    <>
      <DataTable label={t('places.audit')} columns={columns} rows={events} rowKey={event => event.id} />
      {shown !== null && (
        <Dialog size="lg" title={<span translate="no">{shown.kind}</span>} onClose={() => setShown(null)}>
          <Details event={shown} onLeave={() => setShown(null)} />
        </Dialog>
      )}
    </>
  );
}

function Outcome({ outcome }: { outcome: string }) {
  const { t } = useTranslation();
  const known = outcome === 'success' || outcome === 'denied' ? outcome : 'failure';
  return <StatusPill tone={OUTCOMES[known]} label={t(`audit.outcomes.${known}`)} />;
}

function Details({ event, onLeave }: { event: LoggedEvent; onLeave: () => void }) {
  const { t } = useTranslation();
  return (
    <>
      <Facts>
        <Fact name={t('audit.at')}>
          <span translate="no">{formatAbsolute(event.createdAt)}</span>
        </Fact>
        <Fact name={t('leases.who')}>
          <span translate="no">{actorName(event)}</span>
        </Fact>
        <Fact name={t('audit.from')}>
          <span translate="no">{[event.ipAddress, event.userAgent].filter(Boolean).join(' · ') || '–'}</span>
        </Fact>
        {event.leaseId != null && (
          <Fact name={t('audit.lease')}>
            <Link to="/audit" search={{ lease: event.leaseId }} onClick={onLeave} translate="no">
              {event.leaseId}
            </Link>
          </Fact>
        )}
      </Facts>
      <Snippet label={t('audit.whole')} text={JSON.stringify(event, null, 2)} />
    </>
  );
}

/** The name that the log itself has for whoever did it. */
function actorName({ actor }: LoggedEvent): string {
  const { email, name } = (actor.metadata ?? {}) as { email?: string; name?: string };
  return email ?? name ?? actor.type;
}

/** The name of what it is about, where the log has one. */
function aboutOf({ metadata, projectName }: LoggedEvent): string {
  const facts = (metadata ?? {}) as Record<string, unknown>;
  const named = ['dynamicSecretName', 'clusterConnectionName', 'name', 'email', 'environment'].map(
    key => facts[key],
  );
  return [projectName, named.find(value => typeof value === 'string')].filter(Boolean).join(' · ') || '–';
}
