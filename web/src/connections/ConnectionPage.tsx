import { Stack } from '@mantine/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { ConnectionLimits } from '../api/schema.ts';
import { Fact, Facts } from '../ui/Facts.tsx';
import { PageHeader } from '../ui/PageHeader.tsx';
import { Panel } from '../ui/Panel.tsx';
import { verifiedBy } from './ConnectionsPage.tsx';
import { CredentialAge } from './CredentialAge.tsx';
import { connectionQuery } from './queries.ts';
import { TestPanel } from './TestPanel.tsx';

const route = getRouteApi('/shell/clusters/$connection');

export function ConnectionPage() {
  const { t } = useTranslation();
  const { connection: id } = route.useParams();
  const { data: connection } = useSuspenseQuery(connectionQuery(id));
  const code = (text: string | null | undefined) => (
    <span className="mono" translate="no">
      {text ?? '–'}
    </span>
  );
  return (
    <>
      <PageHeader
        title={connection.name ?? connection.url}
        isName
        trail={<Link to="/clusters">{t('places.clusters')}</Link>}
      />
      <Stack gap="md">
        <TestPanel connectionId={id} />
        <Panel title={t('secrets.configuration')}>
          <Facts>
            <Fact name={t('secrets.clusterUrl')}>{code(connection.url)}</Fact>
            <Fact name={t('clusters.clientUrl')}>{code(connection.clientUrl)}</Fact>
            <Fact name={t('clusters.verifiedBy')}>{t(`clusters.verified.${verifiedBy(connection)}`)}</Fact>
            <Fact name={t('form.clusterToken')}>
              <CredentialAge connection={connection} />{' '}
              <span translate="no">{connection.renewalProblem}</span>
            </Fact>
            <Fact name={t('clusters.knownBy')}>{code(connection.cluster)}</Fact>
          </Facts>
        </Panel>
        {connection.limits != null && <Limits limits={connection.limits} />}
      </Stack>
    </>
  );
}

/** What dynamic secrets of it may be. */
function Limits({ limits }: { limits: ConnectionLimits }) {
  const { t } = useTranslation();
  const list = (names: string[] | null | undefined) =>
    names == null ? t('clusters.unlimited') : <span translate="no">{names.join(', ') || '–'}</span>;
  const open = (isOpen: boolean | undefined) => t(isOpen === true ? 'clusters.open' : 'clusters.closed');
  return (
    <Panel title={t('clusters.limits')}>
      <Facts>
        <Fact name={t('clusters.namespaces')}>{list(limits.namespaces)}</Fact>
        <Fact name={t('clusters.accounts')}>{list(limits.serviceAccounts)}</Fact>
        <Fact name={t('clusters.roles')}>{list(limits.roles)}</Fact>
        <Fact name={t('secrets.maxTtl')}>
          {limits.maxTTL == null ? t('secrets.serversLimit') : <span translate="no">{limits.maxTTL}</span>}
        </Fact>
        <Fact name={t('clusters.systemNamespaces')}>{open(limits.systemNamespaces)}</Fact>
        <Fact name={t('clusters.escalatingRoles')}>{open(limits.escalatingRoles)}</Fact>
        <Fact name={t('clusters.wholeCluster')}>{open(limits.wholeCluster)}</Fact>
      </Facts>
    </Panel>
  );
}
