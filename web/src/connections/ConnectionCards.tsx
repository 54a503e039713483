import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { ClusterConnection } from '../api/schema.ts';
import classes from '../ui/Cards.module.css';
import { Fact, Facts } from '../ui/Facts.tsx';
import { Panel } from '../ui/Panel.tsx';
import { CredentialAge } from './CredentialAge.tsx';
import { QuickTest } from './QuickTest.tsx';
import { LastOn, LiveOn } from './Traffic.tsx';

export function ConnectionCards({ connections }: { connections: ClusterConnection[] }) {
  const { t } = useTranslation();
  return (
    <ul className={classes.cards} aria-label={t('places.clusters')}>
      {connections.map(connection => (
        <li key={connection.id}>
          <Panel
            title={connection.name ?? connection.url}
            isName
            actions={
              <Link to="/clusters/$connection" params={{ connection: connection.id }}>
                {t('clusters.openPage')}
              </Link>
            }
          >
            <Facts>
              <Fact name={t('secrets.clusterUrl')}>
                <span className="mono" translate="no">
                  {connection.url}
                </span>
              </Fact>
              <Fact name={t('form.clusterToken')}>
                <CredentialAge connection={connection} />
              </Fact>
              <Fact name={t('clusters.live')}>
                <LiveOn connectionId={connection.id} />
              </Fact>
              <Fact name={t('clusters.lastIssued')}>
                <LastOn connectionId={connection.id} />
              </Fact>
              <Fact name={t('clusters.reach')}>
                <QuickTest connection={connection} />
              </Fact>
            </Facts>
          </Panel>
        </li>
      ))}
    </ul>
  );
}
