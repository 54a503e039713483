import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { OrganizationIdentity } from '../api/schema.ts';
import { type Column, DataTable } from '../ui/DataTable.tsx';
import { FailurePanel } from '../ui/FailurePanel.tsx';
import { Moment } from '../ui/Moment.tsx';
import { StatePanel } from '../ui/StatePanel.tsx';
import { StatusPill } from '../ui/StatusPill.tsx';
import { Waiting } from '../ui/Waiting.tsx';
import { identitiesQuery } from './queries.ts';

export function IdentitiesTab() {
  const { t } = useTranslation();
  const identities = useQuery(identitiesQuery);
  if (identities.error !== null) {
    return <FailurePanel failure={identities.error} onRetry={() => void identities.refetch()} />;
  }
  if (identities.data === undefined) return <Waiting />;
  if (identities.data.identities.length === 0) {
    return (
      <StatePanel kind="empty" title={t('access.noIdentity')}>
        {t('access.noIdentityWhy')}
      </StatePanel>
    );
  }
  const columns: Column<OrganizationIdentity>[] = [
    { key: 'name', header: t('account.name'), cell: one => <span translate="no">{one.identity.name}</span> },
    { key: 'role', header: t('account.role'), cell: one => <span translate="no">{one.role}</span> },
    {
      key: 'auth',
      header: t('access.signsInWith'),
      cell: one => <span translate="no">{one.identity.authMethods.join(', ') || '–'}</span>,
    },
    {
      key: 'standing',
      header: t('leases.status'),
      cell: ({ identity }) => (
        <StatusPill
          tone={identity.isDisabled === true ? 'bad' : 'good'}
          label={t(identity.isDisabled === true ? 'access.disabled' : 'access.enabled')}
        />
      ),
    },
    { key: 'since', header: t('access.since'), cell: one => <Moment at={one.createdAt} /> },
  ];
  return (
    <DataTable
      label={t('access.tabs.identities')}
      columns={columns}
      rows={identities.data.identities}
      rowKey={one => one.id}
    />
  );
}
