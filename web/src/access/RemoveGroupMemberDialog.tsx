import { Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import type { Group, GroupMember } from '../api/schema.ts';
import { useAct } from '../app/use-act.ts';
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx';
import { Failure } from '../ui/Failure.tsx';
import { type Fate, LeasesChoice } from './LeasesChoice.tsx';
import { groupMemberPath } from './queries.ts';

interface Props {
  group: Group;
  member: GroupMember;
  /** The member's. */
  name: string;
  onClose: () => void;
}

/** Takes somebody out of a group, once it is said what becomes of their leases. */
export function RemoveGroupMemberDialog({ group, member, name, onClose }: Props) {
  const { t } = useTranslation();
  const [leases, setLeases] = useState<Fate>('end');
  const remove = useAct(
    () => {
      const { path, params } = groupMemberPath(group.id, member.type, member.id);
      return body(api.DELETE(path, { params, body: { leases } }));
    },
    ['groups', group.id, 'members'],
    onClose,
  );
  return (
    <ConfirmDialog
      title={t('access.removeFromGroupTitle')}
      act={t('access.remove')}
      isBusy={remove.isPending}
      onAct={() => remove.mutate()}
      onClose={onClose}
    >
      <Stack gap="md">
        <Text size="sm">
          {t('access.removeFromGroupWhy')} <strong translate="no">{name}</strong>
        </Text>
        <LeasesChoice value={leases} onChange={setLeases} />
        <Failure of={remove.error} />
      </Stack>
    </ConfirmDialog>
  );
}
