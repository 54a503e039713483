import { Text } from '@mantine/core';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import type { LoggedEvent } from '../api/schema.ts';
import { formatAbsolute } from '../time/format.ts';
import { BarChart } from '../ui/BarChart.tsx';
import { FailurePanel } from '../ui/FailurePanel.tsx';
import { Panel } from '../ui/Panel.tsx';
import { Waiting } from '../ui/Waiting.tsx';

/** Tests that are shown: as many as one looks through. */
const MOST = 90;

/** The last tests of a connection as the audit log has them, newest first. */
const testsQuery = (connectionId: string) =>
  queryOptions({
    queryKey: ['connections', connectionId, 'tests'],
    queryFn: async ({ signal }) => {
      const query = { connectionId, kind: 'test-cluster-connection', limit: MOST };
      return (await body(api.GET('/api/v1/audit-events', { params: { query }, signal }))).events;
    },
  });

/** How the tests of a connection came out, one bar for each. */
export function TestHistory({ connectionId }: { connectionId: string }) {
  const { t } = useTranslation();
  const tests = useQuery(testsQuery(connectionId));
  return <Panel title={t('clusters.pastTests')}>{content()}</Panel>;

  function content() {
    if (tests.data === undefined) {
      if (tests.error === null) return <Waiting rows={2} />;
      return <FailurePanel failure={tests.error} onRetry={() => void tests.refetch()} />;
    }
    if (tests.data.length === 0) return <Text size="sm">{t('clusters.neverTested')}</Text>;
    return (
      <BarChart
        label={t('clusters.pastTests')}
        first={t('audit.at')}
        series={[
          { name: t('clusters.testPassed'), tone: 'good' },
          { name: t('clusters.testFailed'), tone: 'bad' },
        ]}
        bars={tests.data.toReversed().map(event => ({
          id: event.id,
          name: formatAbsolute(event.createdAt),
          values: hasPassed(event) ? [1, 0] : [0, 1],
        }))}
      />
    );
  }
}

/** Whether the cluster answered, and no right was missing. */
function hasPassed({ metadata }: LoggedEvent): boolean {
  const { isReached, missing } = metadata as { isReached?: boolean; missing?: string[] };
  return isReached === true && (missing ?? []).length === 0;
}
