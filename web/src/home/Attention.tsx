import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { asApiError } from '../api/problem.ts';
import type { Project } from '../api/schema.ts';
import { connectionsQuery } from '../connections/queries.ts';
import { meQuery, statusQuery } from '../session/queries.ts';
import { useNow } from '../time/use-now.ts';
import { Notice } from '../ui/Notice.tsx';
import { Panel } from '../ui/Panel.tsx';
import { StatusPill } from '../ui/StatusPill.tsx';
import {
  type Concern,
  failingQuery,
  isWorrying,
  mostWorrying,
  stopsQuery,
  waitingQuery,
} from './attention.ts';
import classes from './Home.module.css';

/** What is broken or waits for somebody, with a way to each. */
export function Attention({ projects }: { projects: Project[] }) {
  const { t } = useTranslation();
  const { data: me } = useSuspenseQuery(meQuery);
  const { data: status } = useSuspenseQuery(statusQuery);
  const now = useNow();
  const connections = useQuery({ ...connectionsQuery, retry: false });
  const stops = useQuery(stopsQuery);
  const failing = useQuery(failingQuery(projects));
  const waiting = useQuery(waitingQuery(projects, me.user.id));
  const asked = [connections, stops, failing, waiting];
  const broken = asked.find(({ error }) => error !== null && !asApiError(error).isForbidden);
  const concerns: Concern[] = [
    ...(status.isHeld ? [{ kind: 'held' as const }] : []),
    ...(stops.data ?? []).map(stop => ({ kind: 'stop' as const, stop })),
    ...mostWorrying(failing.data ?? []),
    ...(connections.data ?? [])
      .filter(connection => isWorrying(connection, now))
      .map(connection => ({ kind: 'credential' as const, connection })),
    ...(waiting.data ?? []),
  ];
  return (
    <Panel title={t('home.attention')}>
      {broken !== undefined && (
        <Notice tone="warn">
          {t('home.attentionBroken')} <span translate="no">{asApiError(broken.error).message}</span>
        </Notice>
      )}
      {concerns.length === 0 && asked.every(({ isPending }) => !isPending) && <p>{t('home.nothingWrong')}</p>}
      <ul className={classes.list}>
        {concerns.map(concern => (
          <li key={JSON.stringify(concern)} className={classes.item}>
            <ConcernWords concern={concern} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function ConcernWords({ concern }: { concern: Concern }) {
  const { t } = useTranslation();
  const about = (text: string) => (
    <span className={classes.about} translate="no">
      {text}
    </span>
  );
  switch (concern.kind) {
    case 'held':
      return <StatusPill tone="bad" label={t('shell.held')} />;
    case 'stop':
      return (
        <>
          <StatusPill tone="bad" label={t('home.stopped')} />
          {about(`${concern.stop.scope}: ${concern.stop.reason}`)}
        </>
      );
    case 'credential':
      return (
        <>
          <StatusPill tone="warn" label={t('home.credential')} />
          <Link to="/clusters/$connection" params={{ connection: concern.connection.id }} translate="no">
            {concern.connection.name ?? concern.connection.url}
          </Link>
          {about(concern.connection.renewalProblem ?? '')}
        </>
      );
    case 'cleanUp':
      return (
        <>
          <StatusPill tone="bad" label={t('leases.standing.failing')} />
          <Link
            to="/leases/$lease"
            params={{ lease: concern.lease.id }}
            search={{ project: concern.project.slug }}
            translate="no"
          >
            {`${concern.lease.holder.name} · ${concern.lease.serviceAccountName}`}
          </Link>
          {about(concern.lease.statusDetails ?? '')}
        </>
      );
    case 'moreCleanUps':
      return (
        <Link to="/leases" search={{ status: 'failing' }}>
          {t('home.moreCleanUps')}
        </Link>
      );
    case 'approvals':
      return (
        <>
          <StatusPill tone="waiting" label={t('home.waiting', { count: concern.count })} />
          <Link to="/approvals" search={{ project: concern.project.slug }} translate="no">
            {concern.project.name}
          </Link>
        </>
      );
  }
}
