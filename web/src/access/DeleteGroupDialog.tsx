import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import type { Group } from '../api/schema.ts';
import { useAct } from '../app/use-act.ts';
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx';
import { Failure } from '../ui/Failure.tsx';

export function DeleteGroupDialog({ group, onClose }: { group: Group; onClose: () => void }) {
  const { t } = useTranslation();
  const remove = useAct(
    () => body(api.DELETE('/api/v1/groups/{groupId}', { params: { path: { groupId: group.id } } })),
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
      <Text size="sm">
        {t('access.removeGroupWhy')} <strong translate="no">{group.name}</strong>
      </Text>
      <Failure of={remove.error} />
    </ConfirmDialog>
  );
}
