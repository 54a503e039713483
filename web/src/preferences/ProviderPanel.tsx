import { Stack } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import type { SsoProvider } from '../api/schema.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { Fact, Facts } from '../ui/Facts.tsx';
import { Failure } from '../ui/Failure.tsx';
import { Notice } from '../ui/Notice.tsx';
import { Panel } from '../ui/Panel.tsx';
import { StatusPill } from '../ui/StatusPill.tsx';
import { LinkList } from './LinkList.tsx';

const JOININGS = ['refused', 'no-access', 'member'] as const;

export function ProviderPanel({ provider }: { provider: SsoProvider }) {
  const { t } = useTranslation();
  const test = useMutation({
    mutationFn: () =>
      body(
        api.POST('/api/v1/sso/providers/{provider}/test', { params: { path: { provider: provider.slug } } }),
      ),
  });
  const joining = JOININGS.find(one => one === provider.joining) ?? 'refused';
  const failed = test.data?.checks.filter(check => !check.isPassed) ?? [];
  return (
    <Panel
      title={provider.name}
      isName
      actions={
        <ActionButton
          variant="default"
          onClick={() => test.mutate()}
          loading={test.isPending}
          aria-label={t('preferences.testProviderNamed', { name: provider.name })}
        >
          {t('preferences.testProvider')}
        </ActionButton>
      }
    >
      <Stack gap="md">
        <Stack gap="xs" aria-live="polite">
          <Failure of={test.error} />
          {test.data?.isPassed && <Notice tone="good">{t('preferences.providerPassed')}</Notice>}
          {failed.map(check => (
            <Notice key={check.name} tone="bad">
              <span translate="no">{`${check.name}: ${check.message}`}</span>
            </Notice>
          ))}
        </Stack>
        <Facts>
          <Fact name={t('leases.status')}>
            <StatusPill
              tone={provider.isEnabled ? 'good' : 'plain'}
              label={t(provider.isEnabled ? 'preferences.on' : 'preferences.off')}
            />
          </Fact>
          <Fact name={t('preferences.issuer')}>
            <span className="mono" translate="no">
              {provider.issuer}
            </span>
          </Fact>
          <Fact name={t('preferences.domains')}>
            {provider.emailDomains.length === 0 ? (
              t('preferences.noDomain')
            ) : (
              <span translate="no">{provider.emailDomains.join(', ')}</span>
            )}
          </Fact>
          <Fact name={t('preferences.joining')}>{t(`preferences.joinings.${joining}`)}</Fact>
        </Facts>
        <LinkList provider={provider} />
      </Stack>
    </Panel>
  );
}
