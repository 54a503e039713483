import { useTranslation } from 'react-i18next';
import type { DynamicSecret } from '../api/schema.ts';
import type { Place } from '../leases/queries.ts';
import { Fact, Facts } from '../ui/Facts.tsx';
import { Moment } from '../ui/Moment.tsx';
import { Panel } from '../ui/Panel.tsx';

/** How it is set up. What is secret is not here: the server does not show it either. */
export function ConfigurationTab({ secret }: { secret: DynamicSecret; place: Place }) {
  const { t } = useTranslation();
  const { inputs } = secret;
  const value = (text: string | null | undefined) => <span translate="no">{text ?? '–'}</span>;
  return (
    <Panel title={t('secrets.configuration')}>
      <Facts>
        <Fact name={t('secrets.name')}>{value(secret.name)}</Fact>
        <Fact name={t('secrets.defaultTtl')}>{value(secret.defaultTTL)}</Fact>
        <Fact name={t('secrets.maxTtl')}>
          {secret.maxTTL == null ? t('secrets.serversLimit') : value(secret.maxTTL)}
        </Fact>
        <Fact name={t('secrets.credentialType')}>
          {inputs?.credentialType === 'dynamic' ? t('secrets.dynamic') : t('secrets.static')}
        </Fact>
        <Fact name={t('secrets.clusterUrl')}>
          {inputs?.clusterConnectionId == null ? value(inputs?.url) : t('secrets.ofConnection')}
        </Fact>
        <Fact name={t('secrets.namespace')}>{value(inputs?.namespace)}</Fact>
        {inputs?.credentialType === 'dynamic' ? (
          <Fact name={t('secrets.role')}>{value(inputs.role)}</Fact>
        ) : (
          <Fact name={t('secrets.account')}>{value(inputs?.serviceAccountName)}</Fact>
        )}
        <Fact name={t('secrets.audiences')}>
          {inputs?.audiences?.length ? value(inputs.audiences.join(', ')) : t('secrets.usualAudience')}
        </Fact>
        {secret.revocable != null && (
          <Fact name={t('secrets.revocable')}>
            {secret.revocable ? t('ui.yes') : t('ui.no')}{' '}
            {secret.revocableReason != null && <span translate="no">({secret.revocableReason})</span>}
          </Fact>
        )}
        <Fact name={t('secrets.changed')}>
          <Moment at={secret.updatedAt} />
        </Fact>
      </Facts>
    </Panel>
  );
}
