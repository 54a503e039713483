import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import type { Role } from '../api/schema.ts';
import { useAct } from '../app/use-act.ts';
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx';
import { Failure } from '../ui/Failure.tsx';

/** Removes a role. While somebody holds it the server refuses. */
export function DeleteRoleDialog({ role, onClose }: { role: Role; onClose: () => void }) {
  const { t } = useTranslation();
  const params = { path: { projectId: role.projectId, roleId: role.id } };
  const remove = useAct(
    () => body(api.DELETE('/api/v1/projects/{projectId}/roles/{roleId}', { params })),
    ['roles', role.projectId],
    onClose,
  );
  return (
    <ConfirmDialog
      title={t('access.removeRoleTitle')}
      act={t('access.remove')}
      isBusy={remove.isPending}
      onAct={() => remove.mutate()}
      onClose={onClose}
    >
      <Text size="sm">
        {t('access.removeRoleWhy')} <strong translate="no">{role.name}</strong>
      </Text>
      <Failure of={remove.error} />
    </ConfirmDialog>
  );
}
