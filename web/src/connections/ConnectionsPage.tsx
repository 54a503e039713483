import { useSuspenseQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { ClusterConnection } from '../api/schema.ts';
import { ButtonLink } from '../app/links.tsx';
import { type Column, DataTable } from '../ui/DataTable.tsx';
import { PageHeader } from '../ui/PageHeader.tsx';
import { StatePanel } from '../ui/StatePanel.tsx';
import { CredentialAge } from './CredentialAge.tsx';
import { Doors } from './Doors.tsx';
import { connectionsQuery } from './queries.ts';

export function ConnectionsPage() {
  const { t } = useTranslation();
  const { data: connections } = useSuspenseQuery(connectionsQuery);
  const connect = (
    <ButtonLink to="/clusters/new" data-key="n">
      {t('clusters.connect')}
    </ButtonLink>
  );
  const columns: Column<ClusterConnection>[] = [
    {
      key: 'name',
      header: t('clusters.name'),
      cell: ({ id, name, url }) => (
        <Link to="/clusters/$connection" params={{ connection: id }} translate="no">
          {name ?? url}
        </Link>
      ),
    },
    {
      key: 'url',
      header: t('secrets.clusterUrl'),
      cell: ({ url }) => (
        <span className="mono" translate="no">
          {url}
        </span>
      ),
    },
    {
      key: 'verified',
      header: t('clusters.verifiedBy'),
      cell: connection => t(`clusters.verified.${verifiedBy(connection)}`),
    },
    {
      key: 'credential',
      header: t('form.clusterToken'),
      cell: connection => <CredentialAge connection={connection} />,
    },
    {
      key: 'shared',
      header: t('clusters.sharedWith'),
      cell: ({ sharedWith, projectIds }) =>
        sharedWith === 'all'
          ? t('clusters.sharedWithAll')
          : t('clusters.sharedWithSome', { count: projectIds?.length ?? 0 }),
    },
  ];
  return (
    <>
      <PageHeader title={t('places.clusters')} actions={connections.length > 0 && connect} />
      {connections.length === 0 ? (
        <StatePanel kind="empty" title={t('clusters.none')} action={<Doors />}>
          {t('clusters.noneWhy')}
        </StatePanel>
      ) : (
        <DataTable
          label={t('places.clusters')}
          columns={columns}
          rows={connections}
          rowKey={({ id }) => id}
        />
      )}
    </>
  );
}

/** What the API server has to show to be believed. */
export function verifiedBy({ verification, ca }: ClusterConnection): 'nothing' | 'ca' | 'system' {
  if (verification !== 'full') return 'nothing';
  return ca == null ? 'system' : 'ca';
}
