import { Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import { asApiError } from '../api/problem.ts';
import type { ClusterConnectionTest, TestedRight } from '../api/schema.ts';
import { formatClock } from '../time/format.ts';
import { serverNow } from '../time/server-clock.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { type Column, DataTable } from '../ui/DataTable.tsx';
import { Notice } from '../ui/Notice.tsx';
import { Panel } from '../ui/Panel.tsx';
import { Snippet } from '../ui/Snippet.tsx';
import { StatusPill } from '../ui/StatusPill.tsx';

interface Props {
  connectionId: string;
  /** What leases would be; without it only the connection itself is tested. */
  credential?: object;
}

/** Tests a connection without leaving anything in the cluster. The result is dated, because it is true of that moment only. */
export function TestPanel({ connectionId, credential }: Props) {
  const { t } = useTranslation();
  const test = useMutation({
    mutationFn: async () => {
      const params = { path: { connectionId } };
      const path = '/api/v1/cluster-connections/{connectionId}/test';
      const { test: result } = await body(
        api.POST(path, { params, body: credential === undefined ? {} : { credential } }),
      );
      return { result, at: serverNow() };
    },
  });
  return (
    <Panel
      title={t('clusters.test')}
      actions={
        <ActionButton variant="default" onClick={() => test.mutate()} loading={test.isPending} data-key="p">
          {t('clusters.testNow')}
        </ActionButton>
      }
    >
      <Stack gap="md" aria-live="polite">
        {test.isIdle && <Text size="sm">{t('clusters.notTested')}</Text>}
        {test.error !== null && (
          <Notice tone="bad">
            <span translate="no">{asApiError(test.error).message}</span>
          </Notice>
        )}
        {test.data !== undefined && <Result {...test.data} />}
      </Stack>
    </Panel>
  );
}

function Result({ result, at }: { result: ClusterConnectionTest; at: number }) {
  const { t } = useTranslation();
  const columns: Column<TestedRight>[] = [
    {
      key: 'held',
      header: t('clusters.right'),
      cell: right => (
        <StatusPill tone={toneOf(right)} label={t(right.isHeld ? 'clusters.held' : 'clusters.missing')} />
      ),
    },
    {
      key: 'what',
      header: t('clusters.what'),
      cell: right => <span translate="no">{`${right.verb} ${right.resource}`}</span>,
    },
    {
      key: 'where',
      header: t('clusters.where'),
      cell: right => (
        <span translate="no">{[right.namespace ?? '*', right.name].filter(Boolean).join('/')}</span>
      ),
    },
    {
      key: 'required',
      header: t('clusters.required'),
      cell: right => t(right.isRequired ? 'ui.yes' : 'ui.no'),
    },
  ];
  const checked = t('clusters.checked', { at: formatClock(at, serverNow()), who: result.who });
  return (
    <>
      <Notice tone={result.isPassed ? 'good' : 'bad'}>
        <div>{result.isPassed ? t('clusters.passed') : <span translate="no">{result.problem}</span>}</div>
        <div>
          {checked} <span translate="no">{result.version}</span>
        </div>
      </Notice>
      {result.rights.length > 0 && (
        <DataTable
          label={t('clusters.rights')}
          columns={columns}
          rows={result.rights}
          rowKey={right =>
            JSON.stringify([right.verb, right.resource, right.group, right.namespace, right.name])
          }
        />
      )}
      {result.manifest != null && (
        <Snippet label={t('clusters.manifest')} text={JSON.stringify(result.manifest, null, 2)} />
      )}
    </>
  );
}

function toneOf(right: TestedRight) {
  if (right.isHeld) return 'good';
  return right.isRequired ? 'bad' : 'warn';
}
