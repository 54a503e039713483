import { Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import type { Group } from '../api/schema.ts';
import { useAct } from '../app/use-act.ts';
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx';
import { Failure } from '../ui/Failure.tsx';
import { type Fate, LeasesChoice } from './LeasesChoice.tsx';

export function DeleteGroupDialog({ group, onClose }: { group: Group; onClose: () => void }) {
  const { t } = useTranslation();
  const [leases, setLeases] = useState<Fate>('end');
  const remove = useAct(
    () =>
      body(
        api.DELETE('/api/v1/groups/{groupId}', { params: { path: { groupId: group.id } }, body: { leases } }),
      ),
    ['groups'],
    onClose,
  );
  return (
    <ConfirmDialog
      title={t('access.removeGroupTitle')}
      act={t('access.remove')}
      isBusy={remove.isPending}
      onAct={() => remove.mutate()}
      onClose={onClose}
    >
      <Stack gap="md">
        <Text size="sm">
          {t('access.removeGroupWhy')} <strong translate="no">{group.name}</strong>
        </Text>
        <LeasesChoice value={leases} onChange={setLeases} />
        <Failure of={remove.error} />
      </Stack>
    </ConfirmDialog>
  );
}
