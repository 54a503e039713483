import { Button, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import { type ApiError, asApiError } from '../api/problem.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { Failure } from '../ui/Failure.tsx';
import { Snippet } from '../ui/Snippet.tsx';
import { useOnce } from '../ui/use-once.ts';

/** Invites somebody. The link lets in whoever has it, once: it is in this dialog and nowhere else. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [email, setEmail] = useState('');
  const [role, setRole] = useState('member');
  const [link, setLink] = useState<string | null>(null);
  const [failure, setFailure] = useState<ApiError | null>(null);

  const { isBusy, once } = useOnce();

  function submit(event: FormEvent) {
    event.preventDefault();
    setFailure(null);
    void once(invite);
  }

  async function invite() {
    try {
      setLink((await body(api.POST('/api/v1/users/invitations', { body: { email, role } }))).link);
    } catch (thrown) {
      setFailure(asApiError(thrown));
    }
  }

  return (
    <Dialog title={t('access.invite')} onClose={onClose} isHeld={link !== null} isBusy={isBusy}>
      {link === null ? (
        <form onSubmit={submit}>
          <Stack gap="md">
            <TextInput
              label={t('session.email')}
              type="email"
              value={email}
              onChange={event => setEmail(event.currentTarget.value)}
              required
              data-autofocus
            />
            <Select
              label={t('account.role')}
              data={['member', 'admin', 'no-access']}
              value={role}
              onChange={value => setRole(value ?? role)}
              allowDeselect={false}
            />
            <Failure of={failure} />
            <Group justify="flex-end">
              <Button type="submit" loading={isBusy}>
                {t('access.makeLink')}
              </Button>
            </Group>
          </Stack>
        </form>
      ) : (
        <Stack gap="md">
          <Text size="sm">{t('access.linkHelp')}</Text>
          <Snippet label={t('access.link')} text={link} />
          <Group justify="flex-end">
            <Button onClick={onClose}>{t('token.done')}</Button>
          </Group>
        </Stack>
      )}
    </Dialog>
  );
}
