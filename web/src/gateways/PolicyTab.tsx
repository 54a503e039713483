import { Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Gateway } from '../api/schema.ts';
import { formatDuration } from '../time/duration.ts';
import { Fact, Facts } from '../ui/Facts.tsx';
import { Notice } from '../ui/Notice.tsx';
import { Panel } from '../ui/Panel.tsx';
import { StatePanel } from '../ui/StatePanel.tsx';
import { type Policy, policyOf } from './policy.ts';

/** What a gateway lets itself be asked, as it showed it last. */
export function PolicyTab({ gateway }: { gateway: Gateway }) {
  const { t } = useTranslation();
  const policy = policyOf(gateway.policy);
  if (policy === null)
    return (
      <StatePanel kind="empty" title={t('gateways.noPolicy')}>
        {t('gateways.noPolicyWhy')}
      </StatePanel>
    );
  return (
    <Stack gap="md">
      <Notice tone="plain">{t('gateways.policyElsewhere')}</Notice>
      <Leases policy={policy} />
      <Bounds policy={policy} digest={gateway.policyDigest} />
    </Stack>
  );
}

/** Names one below the other, or that there are none. */
function Names({ names }: { names: string[] }) {
  const { t } = useTranslation();
  if (names.length === 0) return t('ui.none');
  return names.map(name => (
    <div key={name} className="mono" translate="no">
      {name}
    </div>
  ));
}

/** Which leases it lets itself be asked for. */
function Leases({ policy }: { policy: Policy }) {
  const { t } = useTranslation();
  const { static: existing, dynamic } = policy;
  const allowed = (isAllowed: boolean) => t(isAllowed ? 'gateways.allowed' : 'gateways.refusedByIt');
  return (
    <>
      <Panel title={t('secrets.static')}>
        <Facts>
          <Fact name={t('gateways.accounts')}>
            <Names names={existing.accounts.map(({ namespace, name }) => `${namespace}/${name}`)} />
          </Fact>
          <Fact name={t('secrets.revocable')}>{allowed(existing.anchors)}</Fact>
        </Facts>
      </Panel>
      <Panel title={t('secrets.dynamic')}>
        <Facts>
          <Fact name={t('clusters.namespaces')}>
            <Names names={dynamic.namespaces} />
          </Fact>
          <Fact name={t('clusters.roles')}>
            <Names names={dynamic.roles.map(({ kind, name }) => `${kind}/${name}`)} />
          </Fact>
          <Fact name={t('clusters.wholeCluster')}>{allowed(dynamic.clusterWide)}</Fact>
          <Fact name={t('gateways.ownRules')}>{allowed(dynamic.ownRules)}</Fact>
        </Facts>
      </Panel>
    </>
  );
}

/** How much of it, and what besides leases. */
function Bounds({ policy, digest }: { policy: Policy; digest: string | null | undefined }) {
  const { t } = useTranslation();
  const { forward } = policy;
  const targets = forward.targets.map(({ host, port, cidr }) =>
    cidr === undefined ? `${host}:${port}` : `${host}:${port} (${cidr})`,
  );
  return (
    <Panel title={t('gateways.bounds')}>
      <Facts>
        <Fact name={t('gateways.operations')}>
          <Names names={policy.operations} />
        </Fact>
        <Fact name={t('secrets.ttl')}>
          {t('gateways.ttlRange', {
            least: formatDuration(policy.minTtlSeconds),
            most: formatDuration(policy.maxTtlSeconds),
          })}
        </Fact>
        <Fact name={t('gateways.moreAudiences')}>
          <Names names={policy.audiences} />
        </Fact>
        <Fact name={t('gateways.rate')}>
          {t('gateways.rates', {
            perSecond: policy.operationsPerSecond,
            burst: policy.burst,
            parallel: policy.parallel,
          })}
        </Fact>
        <Fact name={t('gateways.forwards')}>
          {!forward.enabled && t('gateways.refusedByIt')}
          {forward.enabled && targets.length === 0 && t('gateways.forwardsOwn')}
          {forward.enabled && targets.length > 0 && <Names names={targets} />}
        </Fact>
        <Fact name={t('gateways.digest')}>
          <span className="mono" translate="no">
            {digest ?? '–'}
          </span>
        </Fact>
      </Facts>
    </Panel>
  );
}
