import { Group, Stack } from '@mantine/core';
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OrganizationIdentity } from '../api/schema.ts';
import { meQuery } from '../session/queries.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { type Column, DataTable } from '../ui/DataTable.tsx';
import { FailurePanel } from '../ui/FailurePanel.tsx';
import { Moment } from '../ui/Moment.tsx';
import { StatePanel } from '../ui/StatePanel.tsx';
import { StatusPill } from '../ui/StatusPill.tsx';
import { Waiting } from '../ui/Waiting.tsx';
import { NewIdentityDialog } from './NewIdentityDialog.tsx';
import { identitiesQuery } from './queries.ts';

export function IdentitiesTab() {
  const { t } = useTranslation();
  const { data: me } = useSuspenseQuery(meQuery);
  const identities = useQuery(identitiesQuery);
  const [isMaking, setIsMaking] = useState(false);
  const make = (
    <ActionButton
      variant="light"
      reason={me.user.role === 'admin' ? null : t('access.adminsOnly')}
      onClick={() => setIsMaking(true)}
      data-key="n"
    >
      {t('access.newIdentity')}
    </ActionButton>
  );
  return (
    <>
      {content()}
      {isMaking && <NewIdentityDialog onClose={() => setIsMaking(false)} />}
    </>
  );

  function content() {
    if (identities.data === undefined && identities.error !== null)
      return <FailurePanel failure={identities.error} onRetry={() => void identities.refetch()} />;
    if (identities.data === undefined) return <Waiting />;
    if (identities.data.length === 0) {
      return (
        <StatePanel kind="empty" title={t('access.noIdentity')} action={make}>
          {t('access.noIdentityWhy')}
        </StatePanel>
      );
    }
    return (
      <Stack gap="md">
        <Group justify="flex-end">{make}</Group>
        <DataTable
          label={t('access.tabs.identities')}
          columns={columns()}
          rows={identities.data}
          rowKey={one => one.id}
        />
      </Stack>
    );
  }

  function columns(): Column<OrganizationIdentity>[] {
    return [
      {
        key: 'name',
        header: t('account.name'),
        cell: ({ identity }) => (
          <Link to="/access/identities/$identity" params={{ identity: identity.id }} translate="no">
            {identity.name}
          </Link>
        ),
      },
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
  }
}
