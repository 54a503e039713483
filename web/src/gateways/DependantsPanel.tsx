import { Text } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { GatewayResources } from '../api/schema.ts';
import { FailurePanel } from '../ui/FailurePanel.tsx';
import { Panel } from '../ui/Panel.tsx';
import { Waiting } from '../ui/Waiting.tsx';
import { Dependants, isUnused } from './Dependants.tsx';

/** What leads through a gateway or a pool, and so keeps it. */
export function DependantsPanel({ query }: { query: UseQueryResult<GatewayResources> }) {
  const { t } = useTranslation();
  return <Panel title={t('gateways.dependants.title')}>{content()}</Panel>;

  function content() {
    if (query.data === undefined) {
      if (query.error === null) return <Waiting rows={2} />;
      return <FailurePanel failure={query.error} onRetry={() => void query.refetch()} />;
    }
    if (isUnused(query.data)) return <Text size="sm">{t('gateways.dependants.none')}</Text>;
    return <Dependants of={query.data} />;
  }
}
