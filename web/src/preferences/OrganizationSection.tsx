import { Stack, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Pages } from '../ui/Pages.tsx';
import { Panel } from '../ui/Panel.tsx';
import { ProviderPanel } from './ProviderPanel.tsx';
import { ssoProvidersQuery } from './queries.ts';

/** The identity providers of the organization, whether they work, and whom they vouch for. */
export function OrganizationSection() {
  const { t } = useTranslation();
  const providers = useInfiniteQuery(ssoProvidersQuery);
  return (
    <Stack gap="md">
      <Panel title={t('preferences.providers')}>
        <Text size="sm">{t('preferences.providersHelp')}</Text>
      </Panel>
      <Pages query={providers}>
        {pages => {
          const found = pages.flatMap(page => page.providers);
          if (found.length === 0) return <Text size="sm">{t('preferences.noProvider')}</Text>;
          return found.map(provider => <ProviderPanel key={provider.id} provider={provider} />);
        }}
      </Pages>
    </Stack>
  );
}
