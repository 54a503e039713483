import { Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Lease } from '../api/schema.ts';
import { Outcome } from '../audit/Outcome.tsx';
import { formatDuration } from '../time/duration.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { type Column, DataTable } from '../ui/DataTable.tsx';
import { Fact, Facts } from '../ui/Facts.tsx';
import { Moment } from '../ui/Moment.tsx';
import { Pages } from '../ui/Pages.tsx';
import { Panel } from '../ui/Panel.tsx';
import { Snippet } from '../ui/Snippet.tsx';
import { type Attempt, type Course, commandsFor, courseOf } from './course.ts';
import { ForgetDialog } from './ForgetDialog.tsx';
import { courseQuery } from './lease.ts';

/** What was made for a lease and each try to remove it, as the audit log has it. */
export function LeaseCourse({ lease, project }: { lease: Lease; project: string }) {
  const { t } = useTranslation();
  const events = useInfiniteQuery(courseQuery(lease, project));
  return (
    <Panel title={t('leaseList.course')}>
      <Pages query={events}>
        {pages => {
          const course = courseOf(pages.flatMap(page => page.events));
          return (
            <>
              <CourseFacts lease={lease} course={course} />
              {course.attempts.length > 0 && <Attempts attempts={course.attempts} />}
              {lease.status != null && <Left lease={lease} project={project} left={course.left} />}
            </>
          );
        }}
      </Pages>
    </Panel>
  );
}

function CourseFacts({ lease, course: { asked, granted, left, gone } }: { lease: Lease; course: Course }) {
  const { t } = useTranslation();
  const time = (seconds: number | null) => (
    <span translate="no">{seconds === null ? '–' : formatDuration(seconds)}</span>
  );
  const names = (objects: string[]) =>
    objects.map(object => (
      <div key={object} className="mono" translate="no">
        {object}
      </div>
    ));
  const isShorter = asked !== null && granted !== null && granted < asked;
  return (
    <Facts>
      <Fact name={t('leaseList.asked')}>{time(asked)}</Fact>
      <Fact name={t('leaseList.granted')}>
        {time(granted)} {isShorter && t('leaseList.shorter')}
      </Fact>
      {lease.endsWhen !== 'deleted' && <Fact name={t('leaseList.made')}>{t('leaseList.nothingMade')}</Fact>}
      {left.length > 0 && <Fact name={t('leaseList.left')}>{names(left)}</Fact>}
      {gone.length > 0 && <Fact name={t('leaseList.gone')}>{names(gone)}</Fact>}
      {lease.endsWhen === 'deleted' && left.length + gone.length === 0 && (
        <Fact name={t('leaseList.made')}>{t('leaseList.madeUntold')}</Fact>
      )}
    </Facts>
  );
}

function Attempts({ attempts }: { attempts: Attempt[] }) {
  const { t } = useTranslation();
  const columns: Column<Attempt>[] = [
    { key: 'at', header: t('audit.at'), cell: ({ at }) => <Moment at={at} /> },
    {
      key: 'outcome',
      header: t('audit.outcome'),
      cell: ({ isDone }) => <Outcome outcome={isDone ? 'success' : 'failure'} />,
    },
    {
      key: 'why',
      header: t('leaseList.clusterSaid'),
      cell: ({ why }) => <span translate="no">{why ?? '–'}</span>,
    },
  ];
  return (
    <>
      <Text size="sm" fw={600}>
        {t('leaseList.attempts', { count: attempts.length })}
      </Text>
      <DataTable
        label={t('leaseList.attemptsLabel')}
        columns={columns}
        rows={attempts}
        rowKey={({ id }) => id}
      />
    </>
  );
}

/** While removing fails: how to do it by hand, and a way to give it up. */
function Left({ lease, project, left }: { lease: Lease; project: string; left: string[] }) {
  const { t } = useTranslation();
  const [isForgetting, setIsForgetting] = useState(false);
  return (
    <>
      {left.length > 0 && <Snippet label={t('leaseList.byHand')} text={commandsFor(left)} />}
      <div>
        <ActionButton variant="default" onClick={() => setIsForgetting(true)}>
          {t('leaseList.forget')}
        </ActionButton>
      </div>
      {isForgetting && (
        <ForgetDialog lease={lease} project={project} left={left} onClose={() => setIsForgetting(false)} />
      )}
    </>
  );
}
