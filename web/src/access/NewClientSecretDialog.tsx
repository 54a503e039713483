import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { Failure } from '../ui/Failure.tsx';
import { Snippet } from '../ui/Snippet.tsx';
import { useOnce } from '../ui/use-once.ts';
import { clientSecretsQuery } from './queries.ts';

interface Props {
  identityId: string;
  onClose: () => void;
}

/** Makes a client secret. It is in this dialog and nowhere else. */
export function NewClientSecretDialog({ identityId, onClose }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [secret, setSecret] = useState<string | null>(null);
  const [failure, setFailure] = useState<unknown>(null);

  const { isBusy, once } = useOnce();

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const description = String(new FormData(event.currentTarget).get('description')).trim();
    setFailure(null);
    void once(() => make(description));
  }

  async function make(description: string) {
    try {
      const params = { path: { identityId } };
      const path = '/api/v1/auth/universal-auth/identities/{identityId}/client-secrets';
      setSecret((await body(api.POST(path, { params, body: { description } }))).clientSecret);
      await client.invalidateQueries({ queryKey: clientSecretsQuery(identityId).queryKey });
    } catch (thrown) {
      setFailure(thrown);
    }
  }

  return (
    <Dialog title={t('access.newClientSecret')} onClose={onClose} isHeld={secret !== null} isBusy={isBusy}>
      {secret === null ? (
        <form onSubmit={submit}>
          <Stack gap="md">
            <TextInput
              name="description"
              label={t('access.description')}
              description={t('access.descriptionHelp')}
              data-autofocus
            />
            <Failure of={failure} />
            <Group justify="flex-end">
              <Button type="submit" loading={isBusy}>
                {t('access.newClientSecret')}
              </Button>
            </Group>
          </Stack>
        </form>
      ) : (
        <Stack gap="md">
          <Text size="sm">{t('access.secretOnce')}</Text>
          <Snippet label={t('access.clientSecret')} text={secret} />
          <Group justify="flex-end">
            <Button onClick={onClose}>{t('token.done')}</Button>
          </Group>
        </Stack>
      )}
    </Dialog>
  );
}
