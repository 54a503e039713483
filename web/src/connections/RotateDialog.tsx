import { Button, Group, PasswordInput, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import { type ApiError, asApiError } from '../api/problem.ts';
import type { ClusterConnection } from '../api/schema.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { Failure } from '../ui/Failure.tsx';
import { tell } from '../ui/tell.ts';
import { useOnce } from '../ui/use-once.ts';

interface Props {
  connection: ClusterConnection;
  onClose: () => void;
}

/** Swaps the stored token for another one, which is tried first: one that does not work changes nothing. */
export function RotateDialog({ connection, onClose }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [failure, setFailure] = useState<ApiError | null>(null);
  const { isBusy, once } = useOnce();

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const clusterToken = String(new FormData(event.currentTarget).get('token')).trim();
    setFailure(null);
    void once(() => swap(clusterToken));
  }

  async function swap(clusterToken: string) {
    try {
      const params = { path: { connectionId: connection.id } };
      const path = '/api/v1/cluster-connections/{connectionId}';
      await body(api.PATCH(path, { params, body: { clusterToken } }));
      await client.invalidateQueries({ queryKey: ['connections'] });
      tell({ color: 'green', message: t('clusters.rotated') });
      onClose();
    } catch (thrown) {
      setFailure(asApiError(thrown));
    }
  }

  return (
    <Dialog title={t('clusters.rotate')} onClose={onClose} isBusy={isBusy} isHeld>
      <form onSubmit={submit}>
        <Stack gap="md">
          <Text size="sm">{t('clusters.rotateHelp')}</Text>
          <PasswordInput
            name="token"
            label={t('form.clusterToken')}
            autoComplete="off"
            required
            data-autofocus
            visibilityToggleButtonProps={{ 'aria-label': t('form.showToken') }}
          />
          <Failure of={failure} />
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose} disabled={isBusy}>
              {t('ui.cancel')}
            </Button>
            <Button type="submit" loading={isBusy}>
              {t('clusters.rotateAct')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
