import { Group, Stack } from '@mantine/core';
import { useInfiniteQuery, useSuspenseQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { User } from '../api/schema.ts';
import { meQuery } from '../session/queries.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { type Column, DataTable } from '../ui/DataTable.tsx';
import { Moment } from '../ui/Moment.tsx';
import { Pages } from '../ui/Pages.tsx';
import { StatusPill } from '../ui/StatusPill.tsx';
import { InviteDialog } from './InviteDialog.tsx';
import { usersQuery } from './queries.ts';
import { UserActions } from './UserActions.tsx';

export function UsersTab() {
  const { t } = useTranslation();
  const { data: me } = useSuspenseQuery(meQuery);
  const users = useInfiniteQuery(usersQuery);
  const [isInviting, setIsInviting] = useState(false);
  const columns: Column<User>[] = [
    { key: 'email', header: t('session.email'), cell: user => <span translate="no">{user.email}</span> },
    { key: 'name', header: t('account.name'), cell: user => <span translate="no">{user.name ?? '–'}</span> },
    { key: 'role', header: t('account.role'), cell: user => <span translate="no">{user.role}</span> },
    {
      key: 'standing',
      header: t('leases.status'),
      cell: user => (
        <StatusPill
          tone={user.isDisabled ? 'bad' : 'good'}
          label={t(user.isDisabled ? 'access.disabled' : 'access.enabled')}
        />
      ),
    },
    {
      key: 'factor',
      header: t('account.secondFactor'),
      cell: user => t(user.hasSecondFactor ? 'ui.yes' : 'ui.no'),
    },
    { key: 'since', header: t('access.since'), cell: user => <Moment at={user.createdAt} /> },
    {
      key: 'actions',
      header: t('leases.actions'),
      isQuiet: true,
      cell: user => <UserActions user={user} reason={refusal(user)} />,
    },
  ];
  const refusal = (user: User) => {
    if (me.user.role !== 'admin') return t('access.adminsManage');
    return user.id === me.user.id ? t('access.notYourself') : null;
  };
  return (
    <Stack gap="md">
      <Group justify="flex-end">
        <ActionButton
          variant="light"
          reason={me.user.role === 'admin' ? null : t('access.adminsOnly')}
          onClick={() => setIsInviting(true)}
          data-key="n"
        >
          {t('access.invite')}
        </ActionButton>
      </Group>
      <Pages query={users}>
        {pages => (
          <DataTable
            label={t('access.tabs.users')}
            columns={columns}
            rows={pages.flatMap(page => page.users)}
            rowKey={user => user.id}
          />
        )}
      </Pages>
      {isInviting && <InviteDialog onClose={() => setIsInviting(false)} />}
    </Stack>
  );
}
