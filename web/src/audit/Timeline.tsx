import { Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Moment } from '../ui/Moment.tsx';
import { Pages } from '../ui/Pages.tsx';
import classes from './Audit.module.css';
import { Outcome } from './Outcome.tsx';
import { eventsQuery, type Filter } from './queries.ts';
import { aboutOf, nameOf, reasonOf } from './words-of.ts';

/** What happened to one thing, newest first. */
export function Timeline({ filter }: { filter: Filter }) {
  const { t } = useTranslation();
  const events = useInfiniteQuery(eventsQuery(filter));
  return (
    <Pages query={events}>
      {pages => {
        const found = pages.flatMap(page => page.events);
        if (found.length === 0) return <Text size="sm">{t('audit.nothingYet')}</Text>;
        return (
          <ol className={classes.timeline}>
            {found.map(event => (
              <li key={event.id} className={classes.event}>
                <Moment at={event.createdAt} />
                <Link to="/audit/$event" params={{ event: event.id }} translate="no">
                  {event.kind}
                </Link>
                <span className={classes.more}>
                  <Outcome outcome={event.outcome} />{' '}
                  <span translate="no">
                    {[nameOf(event.actor), aboutOf(event), reasonOf(event)].filter(Boolean).join(' · ')}
                  </span>
                </span>
              </li>
            ))}
          </ol>
        );
      }}
    </Pages>
  );
}
