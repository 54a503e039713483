import { Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type ApiError, asApiError } from '../api/problem.ts';
import type { ClusterConnectionTest, TestedRight } from '../api/schema.ts';
import { formatClock } from '../time/format.ts';
import { serverNow } from '../time/server-clock.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { type Column, DataTable } from '../ui/DataTable.tsx';
import { Notice } from '../ui/Notice.tsx';
import { Panel } from '../ui/Panel.tsx';
import { Snippet } from '../ui/Snippet.tsx';
import { StatusPill } from '../ui/StatusPill.tsx';
import { RefusedObjects } from './RefusedObjects.tsx';
import { ungranted } from './refusal.ts';
import { TestSteps } from './TestSteps.tsx';
import { certificateOf, fingerprint, stepsOf, stepsUntil } from './test-steps.ts';
import { AGAIN_SECONDS, type Subject, useTest } from './use-test.ts';

/** Tests a connection without leaving anything in the cluster. The result is dated, because it is true of that moment only. */
export function TestPanel({ subject }: { subject: Subject }) {
  const { t } = useTranslation();
  const { begin, isBusy, error, tested, watchedUntil } = useTest(subject);
  return (
    <Panel
      title={t('clusters.test')}
      actions={
        <ActionButton variant="default" onClick={begin} loading={isBusy && tested === undefined} data-key="p">
          {t('clusters.testNow')}
        </ActionButton>
      }
    >
      <Stack gap="md">
        {error === null && tested === undefined && !isBusy && (
          <Text size="sm">{t('clusters.notTested')}</Text>
        )}
        {error !== null && <Failure error={asApiError(error)} />}
        {error === null && tested !== undefined && <Result {...tested} watchedUntil={watchedUntil} />}
      </Stack>
    </Panel>
  );
}

/** It did not get an answer: how far it got, and whom it met there. */
function Failure({ error }: { error: ApiError }) {
  const { t } = useTranslation();
  const steps = stepsUntil(error);
  const certificate = certificateOf(error);
  return (
    <>
      {steps.length > 0 && <TestSteps steps={steps} />}
      <Notice tone="bad">
        <div translate="no">{error.message}</div>
        {certificate !== null && (
          <div>
            {t('clusters.shown')} <span translate="no">{certificate.issuer}</span>,{' '}
            {t('clusters.fingerprint')}{' '}
            <span translate="no" className="mono">
              {fingerprint(certificate.sha256)}
            </span>
          </div>
        )}
      </Notice>
    </>
  );
}

interface ResultProps {
  result: ClusterConnectionTest;
  at: number;
  watchedUntil: number | null;
}

function Result({ result, at, watchedUntil }: ResultProps) {
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
      <TestSteps steps={stepsOf(result)} />
      {/* Told when it changes, and not each time that it was looked at. */}
      <div aria-live="polite">
        <Notice tone={result.isPassed ? 'good' : 'bad'}>
          <Verdict result={result} />
        </Notice>
      </div>
      <Text size="sm">
        {checked} <span translate="no">{result.version}</span>
        {watchedUntil !== null && (
          <>
            {' '}
            {t('clusters.watching', {
              seconds: AGAIN_SECONDS,
              until: formatClock(watchedUntil, serverNow()),
            })}
          </>
        )}
      </Text>
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
      {result.refused.length > 0 && <RefusedObjects refused={result.refused} />}
      {result.manifest != null && (
        <Snippet label={t('clusters.manifest')} text={JSON.stringify(result.manifest, null, 2)} />
      )}
    </>
  );
}

/** What stands in the way. The cluster's own long sentence about giving rights away is told below, rule by rule. */
function Verdict({ result }: { result: ClusterConnectionTest }) {
  const { t } = useTranslation();
  if (result.isPassed) return t('clusters.passed');
  const isUngranted = result.refused.some(
    ({ object, why }) => ungranted(why).length > 0 && result.problem?.includes(object),
  );
  return isUngranted ? t('clusters.mayNotGive') : <span translate="no">{result.problem}</span>;
}

function toneOf(right: TestedRight) {
  if (right.isHeld) return 'good';
  return right.isRequired ? 'bad' : 'warn';
}
