import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { LoggedEvent } from '../api/schema.ts';
import { dateOf, formatDay, formatTime } from '../time/format.ts';
import { type Column, DataTable } from '../ui/DataTable.tsx';
import classes from './Audit.module.css';
import { Outcome } from './Outcome.tsx';
import { aboutOf, nameOf, reasonOf } from './words-of.ts';

/** Events, day by day. Each opens beside the list. */
export function EventTable({ events, project }: { events: LoggedEvent[]; project: string | undefined }) {
  const { t } = useTranslation();
  const text = (words: string) => <span translate="no">{words}</span>;
  const columns: Column<LoggedEvent>[] = [
    { key: 'at', header: t('audit.at'), cell: event => <EventLink event={event} project={project} /> },
    { key: 'outcome', header: t('audit.outcome'), cell: event => <Outcome outcome={event.outcome} /> },
    { key: 'kind', header: t('audit.kind'), cell: event => text(event.kind) },
    { key: 'actor', header: t('leases.who'), cell: event => text(nameOf(event.actor)) },
    { key: 'what', header: t('audit.about'), cell: event => text(aboutOf(event)) },
    { key: 'why', header: t('leases.reason'), cell: event => text(reasonOf(event) ?? '–') },
    { key: 'from', header: t('audit.from'), cell: event => text(event.ipAddress ?? '–') },
  ];
  return (
    <>
      {byDay(events).map(({ day, ofDay }) => (
        <section key={day} aria-label={formatDay(ofDay[0]?.createdAt ?? '')}>
          <h2 className={classes.day} translate="no">
            {formatDay(ofDay[0]?.createdAt ?? '')}
          </h2>
          <DataTable
            label={formatDay(ofDay[0]?.createdAt ?? '')}
            columns={columns}
            rows={ofDay}
            rowKey={event => event.id}
          />
        </section>
      ))}
    </>
  );
}

function byDay(events: LoggedEvent[]): { day: string; ofDay: LoggedEvent[] }[] {
  const days = new Map<string, LoggedEvent[]>();
  for (const event of events) {
    const day = dateOf(event.createdAt);
    days.set(day, [...(days.get(day) ?? []), event]);
  }
  return [...days].map(([day, ofDay]) => ({ day, ofDay }));
}

/** Opens an event beside the list, at the address of its page. */
function EventLink({ event, project }: { event: LoggedEvent; project: string | undefined }) {
  const { t } = useTranslation();
  return (
    <Link
      from="/audit"
      to="/audit"
      search={rest => ({ ...rest, open: event.id })}
      mask={{
        to: '/audit/$event',
        params: { event: event.id },
        search: project === undefined ? {} : { project },
        unmaskOnReload: true,
      }}
      resetScroll={false}
      data-opens
    >
      <span className="visually-hidden">{t('audit.details')} </span>
      <time dateTime={event.createdAt} translate="no">
        {formatTime(event.createdAt)}
      </time>
    </Link>
  );
}
