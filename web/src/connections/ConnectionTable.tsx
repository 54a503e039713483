import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { ClusterConnection } from '../api/schema.ts';
import { type Column, DataTable } from '../ui/DataTable.tsx';
import { CredentialAge } from './CredentialAge.tsx';
import { QuickTest } from './QuickTest.tsx';
import { LastOn, LiveOn } from './Traffic.tsx';
import { verifiedBy } from './verified-by.ts';

export function ConnectionTable({ connections }: { connections: ClusterConnection[] }) {
  const { t } = useTranslation();
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
    { key: 'live', header: t('clusters.live'), cell: ({ id }) => <LiveOn connectionId={id} /> },
    { key: 'last', header: t('clusters.lastIssued'), cell: ({ id }) => <LastOn connectionId={id} /> },
    {
      key: 'test',
      header: t('clusters.reach'),
      cell: connection => <QuickTest connection={connection} />,
    },
  ];
  return (
    <DataTable label={t('places.clusters')} columns={columns} rows={connections} rowKey={({ id }) => id} />
  );
}
