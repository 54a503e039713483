import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Project } from '../api/schema.ts';
import { formatShortDay, startOfDay } from '../time/format.ts';
import { useNow } from '../time/use-now.ts';
import { BarChart } from '../ui/BarChart.tsx';
import { FailurePanel } from '../ui/FailurePanel.tsx';
import { Panel } from '../ui/Panel.tsx';
import { Waiting } from '../ui/Waiting.tsx';
import { DAYS, issuanceQuery } from './issuance.ts';

const ALL = 'all';

/** How many tokens were issued each day, and how many were not. */
export function Issuance({ projects, isAdmin }: { projects: Project[]; isAdmin: boolean }) {
  const { t } = useTranslation();
  const [scope, setScope] = useState(isAdmin ? ALL : (projects[0]?.id ?? ALL));
  const today = startOfDay(useNow());
  const days = useQuery(issuanceQuery(scope === ALL ? null : scope, today));
  return (
    <Panel
      title={t('home.issued', { count: DAYS })}
      actions={
        <NativeSelect
          size="xs"
          aria-label={t('projects.one')}
          data={[
            ...(isAdmin ? [{ value: ALL, label: t('home.allProjects') }] : []),
            ...projects.map(({ id, name }) => ({ value: id, label: name })),
          ]}
          value={scope}
          onChange={event => setScope(event.currentTarget.value)}
        />
      }
    >
      {days.data === undefined && days.error !== null && (
        <FailurePanel failure={days.error} onRetry={() => void days.refetch()} />
      )}
      {days.data === undefined && days.error === null && <Waiting rows={2} />}
      {days.data !== undefined && (
        <BarChart
          label={t('home.issued', { count: DAYS })}
          first={t('home.day')}
          series={[
            { name: t('home.wereIssued'), tone: 'good' },
            { name: t('home.failed'), tone: 'bad' },
          ]}
          bars={days.data.map(({ start, issued, failed }) => ({
            name: formatShortDay(start),
            values: [issued, failed],
          }))}
        />
      )}
    </Panel>
  );
}
