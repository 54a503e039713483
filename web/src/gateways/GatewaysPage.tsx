import { useSuspenseQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { gatewaysQuery } from '../connections/queries.ts';
import { DataTable } from '../ui/DataTable.tsx';
import { PageHeader } from '../ui/PageHeader.tsx';
import { StatePanel } from '../ui/StatePanel.tsx';

/** Ways to clusters that the server cannot reach by itself. This server has none yet, and says so. */
export function GatewaysPage() {
  const { t } = useTranslation();
  const { data: gateways } = useSuspenseQuery(gatewaysQuery);
  return (
    <>
      <PageHeader title={t('places.gateways')} />
      {gateways.length === 0 ? (
        <StatePanel kind="empty" title={t('gateways.none')}>
          {t('gateways.noneWhy')}
        </StatePanel>
      ) : (
        <DataTable
          label={t('places.gateways')}
          columns={[
            {
              key: 'name',
              header: t('account.name'),
              cell: ({ name }) => <span translate="no">{name}</span>,
            },
          ]}
          rows={gateways}
          rowKey={({ id }) => id}
        />
      )}
    </>
  );
}
