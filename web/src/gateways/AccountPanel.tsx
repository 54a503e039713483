import { Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Gateway } from '../api/schema.ts';
import { Fact, Facts } from '../ui/Facts.tsx';
import { Moment } from '../ui/Moment.tsx';
import { Panel } from '../ui/Panel.tsx';
import { Snippet } from '../ui/Snippet.tsx';
import { FollowKeys } from './FollowKeys.tsx';

interface Props {
  gateway: Gateway;
  enrolmentText: string | null | undefined;
}

/** By what pods of a gateway prove themselves that has no codes, and what they are given besides. */
export function AccountPanel({ gateway, enrolmentText }: Props) {
  const { t } = useTranslation();
  return (
    <Panel title={t('gateways.proof')}>
      <Stack gap="md">
        <AccountFacts gateway={gateway} />
        {gateway.enrolment.discoveryUrl == null && <FollowKeys gateway={gateway} />}
        {enrolmentText != null && (
          <>
            <Text size="sm">{t('gateways.enrolmentHelp')}</Text>
            <Snippet label={t('gateways.enrolmentText')} text={enrolmentText} />
          </>
        )}
      </Stack>
    </Panel>
  );
}

/** Whose tokens count, who issues them, and for whom they are to be. */
export function AccountFacts({ gateway }: Pick<Props, 'gateway'>) {
  const { t } = useTranslation();
  const { namespace, serviceAccountName, issuer } = gateway.enrolment;
  const code = (text: string | null | undefined) => (
    <span className="mono" translate="no">
      {text ?? '–'}
    </span>
  );
  return (
    <Facts>
      <Fact name={t('secrets.account')}>
        <span translate="no">{`${namespace}/${serviceAccountName}`}</span>
      </Fact>
      <Fact name={t('gateways.issuer')}>{code(issuer)}</Fact>
      <Fact name={t('gateways.audience')}>{code(gateway.id)}</Fact>
      <KeyFacts gateway={gateway} />
    </Facts>
  );
}

/** The keys that its tokens are checked by, and whose word they are. */
function KeyFacts({ gateway }: Pick<Props, 'gateway'>) {
  const { t } = useTranslation();
  const ids = gateway.keyIds ?? [];
  const { discoveryUrl, discoveryCaCert } = gateway.enrolment;
  if (discoveryUrl != null) {
    return (
      <Fact name={t('gateways.keysAt')}>
        {t('gateways.keysAtHelp')}{' '}
        <span className="mono" translate="no">
          {discoveryUrl}
        </span>
        {discoveryCaCert != null && <Text size="sm">{t('gateways.keysAtOwnCa')}</Text>}
        <Text size="sm" c="dimmed">
          {t('gateways.keysAtChange')}
        </Text>
      </Fact>
    );
  }
  return (
    <>
      <Fact name={t('gateways.keyIds')}>
        <span className="mono" translate="no">
          {ids.length > 0 ? ids.join(', ') : '–'}
        </span>
      </Fact>
      <Fact name={t('gateways.keysTold')}>
        {gateway.keysToldAt == null ? t('gateways.keysPasted') : <Moment at={gateway.keysToldAt} />}
      </Fact>
    </>
  );
}
