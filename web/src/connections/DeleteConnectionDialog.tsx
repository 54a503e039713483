import { Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import { asApiError } from '../api/problem.ts';
import type { ClusterConnection } from '../api/schema.ts';
import { useMutationOnce } from '../app/use-mutation-once.ts';
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx';
import { Failure } from '../ui/Failure.tsx';

interface Props {
  connection: ClusterConnection;
  onClose: () => void;
}

/** Removes a connection. While something uses it the server refuses, and says what that is. */
export function DeleteConnectionDialog({ connection, onClose }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const remove = useMutationOnce({
    mutationFn: () => {
      const params = { path: { connectionId: connection.id } };
      return body(api.DELETE('/api/v1/cluster-connections/{connectionId}', { params }));
    },
    onSuccess: async () => {
      await navigate({ to: '/clusters' });
      await client.invalidateQueries({ queryKey: ['connections'] });
    },
  });
  const failure = remove.error === null ? null : asApiError(remove.error);
  return (
    <ConfirmDialog
      title={t('clusters.deleteTitle')}
      act={t('clusters.delete')}
      isBusy={remove.isPending}
      onAct={() => remove.mutate()}
      onClose={onClose}
    >
      <Text size="sm">
        {t('clusters.deleteWhy')} <strong translate="no">{connection.name}</strong>
      </Text>
      <Failure of={failure} />
    </ConfirmDialog>
  );
}
