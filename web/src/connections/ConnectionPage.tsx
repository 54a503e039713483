import { Stack } from '@mantine/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ClusterConnection, ConnectionLimits } from '../api/schema.ts';
import { ButtonLink } from '../app/links.tsx';
import { Timeline } from '../audit/Timeline.tsx';
import { ViaName } from '../gateways/ViaName.tsx';
import { ActionButton } from '../ui/ActionButton.tsx';
import { Fact, Facts } from '../ui/Facts.tsx';
import { PageHeader } from '../ui/PageHeader.tsx';
import { PageTabs } from '../ui/PageTabs.tsx';
import { Panel } from '../ui/Panel.tsx';
import { CredentialAge } from './CredentialAge.tsx';
import { DeleteConnectionDialog } from './DeleteConnectionDialog.tsx';
import { IntakePanel } from './IntakePanel.tsx';
import { ObjectsPanel } from './ObjectsPanel.tsx';
import { connectionQuery } from './queries.ts';
import { RotateDialog } from './RotateDialog.tsx';
import { CLUSTER_TABS } from './routes.ts';
import { SecretsPanel } from './SecretsPanel.tsx';
import { savedConnection } from './subjects.ts';
import { TestHistory } from './TestHistory.tsx';
import { TestPanel } from './TestPanel.tsx';
import { verifiedBy } from './verified-by.ts';

const route = getRouteApi('/shell/clusters/$connection');

type Tab = (typeof CLUSTER_TABS)[number];

export function ConnectionPage() {
  const { t } = useTranslation();
  const { connection: id } = route.useParams();
  const { tab = 'health' } = route.useSearch();
  const navigate = route.useNavigate();
  const { data: connection } = useSuspenseQuery(connectionQuery(id));
  const [asks, setAsks] = useState<'rotate' | 'delete' | null>(null);
  const content: Record<Tab, () => React.ReactNode> = {
    health: () => <Health connection={connection} />,
    objects: () => <ObjectsPanel connectionId={id} />,
    secrets: () => <SecretsPanel connectionId={id} />,
    activity: () => <Activity connectionId={id} />,
  };
  return (
    <>
      <PageHeader
        title={connection.name ?? connection.url}
        isName
        trail={<Link to="/clusters">{t('places.clusters')}</Link>}
        actions={
          <>
            <ActionButton
              variant="default"
              reason={connection.authMethod === 'gateway' ? t('clusters.noToken') : null}
              onClick={() => setAsks('rotate')}
            >
              {t('clusters.rotateAct')}
            </ActionButton>
            <ButtonLink variant="default" to="/clusters/$connection/edit" params={{ connection: id }}>
              {t('ui.edit')}
            </ButtonLink>
            <ActionButton variant="default" onClick={() => setAsks('delete')}>
              {t('clusters.delete')}
            </ActionButton>
          </>
        }
      />
      <PageTabs
        tabs={CLUSTER_TABS.map(key => ({ key, label: t(`clusters.tabs.${key}`) }))}
        chosen={tab}
        onChoose={next => void navigate({ search: next === 'health' ? {} : { tab: next } })}
      >
        {content[tab]()}
      </PageTabs>
      {asks === 'rotate' && <RotateDialog connection={connection} onClose={() => setAsks(null)} />}
      {asks === 'delete' && <DeleteConnectionDialog connection={connection} onClose={() => setAsks(null)} />}
    </>
  );
}

/** How the connection is, and how it is set up. */
function Health({ connection }: { connection: ClusterConnection }) {
  const { t } = useTranslation();
  const code = (text: string | null | undefined) => (
    <span className="mono" translate="no">
      {text ?? '–'}
    </span>
  );
  return (
    <Stack gap="md">
      <TestPanel subject={savedConnection(connection.id)} />
      <TestHistory connectionId={connection.id} />
      <Panel title={t('secrets.configuration')}>
        <Facts>
          <Fact name={t('form.authMethod')}>
            {t(connection.authMethod === 'gateway' ? 'form.gateway' : 'form.tokenApi')}
          </Fact>
          <Fact name={t('form.gatewayField')}>
            <ViaName gatewayId={connection.gatewayId} gatewayPoolId={connection.gatewayPoolId} />
          </Fact>
          <Fact name={t('secrets.clusterUrl')}>{code(connection.url)}</Fact>
          <Fact name={t('clusters.clientUrl')}>{code(connection.clientUrl)}</Fact>
          <Fact name={t('clusters.verifiedBy')}>{t(`clusters.verified.${verifiedBy(connection)}`)}</Fact>
          <Fact name={t('form.clusterToken')}>
            <CredentialAge connection={connection} /> <span translate="no">{connection.renewalProblem}</span>
          </Fact>
          <Fact name={t('clusters.knownBy')}>{code(connection.cluster)}</Fact>
        </Facts>
      </Panel>
      {connection.limits != null && <Limits limits={connection.limits} />}
    </Stack>
  );
}

/** What happened to it and to the leases that it issued, and what its cluster tells. */
function Activity({ connectionId }: { connectionId: string }) {
  const { t } = useTranslation();
  return (
    <Stack gap="md">
      <IntakePanel connectionId={connectionId} />
      <Panel title={t('clusters.tabs.activity')}>
        <Timeline filter={{ connectionId }} />
      </Panel>
    </Stack>
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
