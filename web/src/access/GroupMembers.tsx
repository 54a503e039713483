import { Button, Group as Row, Select, Stack, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import type { Group, GroupMember } from '../api/schema.ts';
import { useAct } from '../app/use-act.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { type Column, DataTable } from '../ui/DataTable.tsx';
import { Failure } from '../ui/Failure.tsx';
import { Moment } from '../ui/Moment.tsx';
import { Pages } from '../ui/Pages.tsx';
import { groupMemberPath, groupMembersQuery } from './queries.ts';
import { RemoveGroupMemberDialog } from './RemoveGroupMemberDialog.tsx';
import { useCandidates } from './use-candidates.ts';
import { useNames } from './use-names.ts';

/** Who is in a group. Whom an identity provider put there leaves by it, too. */
export function GroupMembers({ group }: { group: Group }) {
  const { t } = useTranslation();
  const members = useInfiniteQuery(groupMembersQuery(group.id));
  const nameOf = useNames();
  const [who, setWho] = useState<string | null>(null);
  const people = useCandidates('users').map(one => ({ ...one, value: `users ${one.value}` }));
  const machines = useCandidates('identities').map(one => ({ ...one, value: `identities ${one.value}` }));
  const key = ['groups', group.id, 'members'];
  const add = useAct(
    (chosen: string) => {
      const [type = '', id = ''] = chosen.split(' ');
      const { path, params } = groupMemberPath(group.id, type, id);
      return body(api.POST(path, { params }));
    },
    key,
    () => setWho(null),
  );
  const [leaving, setLeaving] = useState<GroupMember | null>(null);
  const columns: Column<GroupMember>[] = [
    {
      key: 'who',
      header: t('leases.who'),
      cell: ({ type, id }) => <span translate="no">{nameOf({ type, id })}</span>,
    },
    { key: 'since', header: t('access.since'), cell: ({ since }) => <Moment at={since} /> },
    {
      key: 'actions',
      header: t('leases.actions'),
      isQuiet: true,
      cell: member => (
        <ActionButton
          size="compact-sm"
          variant="default"
          reason={member.ssoProviderId == null ? null : t('access.bySso')}
          onClick={() => setLeaving(member)}
          aria-label={t('access.removeNamed', { name: nameOf(member) })}
        >
          {t('access.remove')}
        </ActionButton>
      ),
    },
  ];
  return (
    <Stack gap="md">
      <Pages query={members}>
        {pages => {
          const found = pages.flatMap(page => page.members);
          if (found.length === 0) return <Text size="sm">{t('access.emptyGroup')}</Text>;
          return (
            <DataTable
              label={t('access.membersOf', { name: group.name })}
              columns={columns}
              rows={found}
              rowKey={({ id }) => id}
            />
          );
        }}
      </Pages>
      <Row align="flex-end" gap="sm">
        <Select
          label={t('access.intoGroup', { name: group.name })}
          data={[
            { group: t('access.tabs.users'), items: people },
            { group: t('access.tabs.identities'), items: machines },
          ]}
          value={who}
          onChange={setWho}
          searchable
        />
        <Button
          variant="default"
          disabled={who === null}
          onClick={() => who !== null && add.mutate(who)}
          loading={add.isPending}
        >
          {t('ui.add')}
        </Button>
      </Row>
      <Failure of={add.error} />
      {leaving !== null && (
        <RemoveGroupMemberDialog
          group={group}
          member={leaving}
          name={nameOf(leaving)}
          onClose={() => setLeaving(null)}
        />
      )}
    </Stack>
  );
}
