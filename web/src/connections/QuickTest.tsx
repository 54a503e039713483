import { Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import { asApiError } from '../api/problem.ts';
import type { ClusterConnection } from '../api/schema.ts';
import { formatClock } from '../time/format.ts';
import { serverNow } from '../time/server-clock.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { StatusPill } from '../ui/StatusPill.tsx';

/** Tests one connection from a list. The result is dated, because it is true of that moment only. */
export function QuickTest({ connection: { id, name, url } }: { connection: ClusterConnection }) {
  const { t } = useTranslation();
  const test = useMutation({
    mutationFn: async () => {
      const params = { path: { connectionId: id } };
      const path = '/api/v1/cluster-connections/{connectionId}/test';
      const problem = await body(api.POST(path, { params, body: {} })).then(
        ({ test: { isPassed, problem: found } }) => (isPassed ? null : (found ?? '')),
        failure => asApiError(failure).message,
      );
      return { problem, at: serverNow() };
    },
  });
  return (
    <Stack gap={4} align="flex-start">
      <ActionButton
        size="compact-sm"
        variant="default"
        onClick={() => test.mutate()}
        loading={test.isPending}
        aria-label={t('clusters.testNamed', { name: name ?? url })}
        data-key="p"
      >
        {t('clusters.reach')}
      </ActionButton>
      <div aria-live="polite">{test.data !== undefined && result(test.data)}</div>
    </Stack>
  );

  function result({ problem, at }: { problem: string | null; at: number }) {
    const words = { at: formatClock(at, serverNow()) };
    if (problem === null) return <StatusPill tone="good" label={t('clusters.works', words)} />;
    return (
      <>
        <StatusPill tone="bad" label={t('clusters.fails', words)} />
        <Text size="sm" translate="no">
          {problem}
        </Text>
      </>
    );
  }
}
