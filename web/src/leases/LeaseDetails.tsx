import { Stack } from '@mantine/core';
import { useInfiniteQuery, useSuspenseQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { ClusterRequest, Lease } from '../api/schema.ts';
import { projectsQuery } from '../projects/queries.ts';
import { type Column, DataTable } from '../ui/DataTable.tsx';
import { Fact, Facts } from '../ui/Facts.tsx';
import { Moment } from '../ui/Moment.tsx';
import { Notice } from '../ui/Notice.tsx';
import { Pages } from '../ui/Pages.tsx';
import { Panel } from '../ui/Panel.tsx';
import { LeaseActions } from './LeaseActions.tsx';
import { LeaseCourse } from './LeaseCourse.tsx';
import { LeaseStatus } from './LeaseStatus.tsx';
import { requestsOfLeaseQuery } from './lease.ts';

/** Everything that is known of one lease; the token is not among it. */
export function LeaseDetails({ lease }: { lease: Lease }) {
  const { data: projects } = useSuspenseQuery(projectsQuery);
  const project = projects.find(({ id }) => id === lease.projectId)?.slug ?? '';
  return (
    <Stack gap="md">
      <LeaseActions lease={lease} project={project} />
      <LeaseFacts lease={lease} project={project} />
      <LeaseCourse lease={lease} project={project} />
      <Requests project={project} id={lease.id} />
    </Stack>
  );
}

function LeaseFacts({ lease, project }: { lease: Lease; project: string }) {
  const { t } = useTranslation();
  const value = (text: string | null | undefined) => <span translate="no">{text ?? '–'}</span>;
  const time = (at: string | null | undefined) => (at == null ? '–' : <Moment at={at} />);
  return (
    <Panel title={t('leases.facts')}>
      <Facts>
        <Fact name={t('leases.status')}>
          <LeaseStatus lease={lease} />
        </Fact>
        <Fact name={t('leases.id')}>
          <span className="mono" translate="no">
            {lease.id}
          </span>
        </Fact>
        <Fact name={t('leases.who')}>{value(lease.holder.name)}</Fact>
        <Fact name={t('leases.reason')}>{value(lease.reason)}</Fact>
        <Fact name={t('leases.account')}>{value(`${lease.namespace}/${lease.serviceAccountName}`)}</Fact>
        <Fact name={t('leases.issued')}>{time(lease.createdAt)}</Fact>
        <Fact name={t('leases.leaseEnds')}>{time(lease.endedAt ?? lease.expireAt)}</Fact>
        <Fact name={t('leases.tokenEnds')}>{time(lease.tokenExpiresAt)}</Fact>
        <Fact name={t('leases.jti')}>{value(lease.jti)}</Fact>
        {lease.endingSince != null && <Fact name={t('leases.endingSince')}>{time(lease.endingSince)}</Fact>}
        <Fact name={t('places.audit')}>
          <Link to="/audit" search={{ project, lease: lease.id }}>
            {t('leases.events')}
          </Link>
        </Fact>
      </Facts>
    </Panel>
  );
}

function Requests({ project, id }: { project: string; id: string }) {
  const { t } = useTranslation();
  const requests = useInfiniteQuery(requestsOfLeaseQuery(project, id));
  const code = (text: string) => (
    <span className="mono" translate="no">
      {text}
    </span>
  );
  const columns: Column<ClusterRequest>[] = [
    { key: 'at', header: t('audit.at'), cell: request => <Moment at={request.at} /> },
    { key: 'what', header: t('clusters.what'), cell: request => code(`${request.verb} ${request.uri}`) },
    {
      key: 'status',
      header: t('leases.answered'),
      cell: request => <span translate="no">{request.status ?? '–'}</span>,
    },
    {
      key: 'from',
      header: t('audit.from'),
      cell: request => <span translate="no">{request.sourceIp ?? '–'}</span>,
    },
  ];
  return (
    <Panel title={t('leases.requests')}>
      <Pages query={requests}>
        {pages => {
          const found = pages.flatMap(page => page.requests);
          if (found.length === 0) return <p>{t('leases.noRequests')}</p>;
          return (
            <>
              {pages.some(page => page.isCut) && <Notice tone="warn">{t('leases.requestsCut')}</Notice>}
              <DataTable
                label={t('leases.requests')}
                columns={columns}
                rows={found}
                rowKey={request => request.auditId}
              />
            </>
          );
        }}
      </Pages>
    </Panel>
  );
}
