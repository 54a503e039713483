import { Button, Group, Select, Stack, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import { useAct } from '../app/use-act.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { Failure } from '../ui/Failure.tsx';
import { ORGANIZATION_ROLES } from './organization-roles.ts';

/** Makes a machine identity; how it signs in is said on its page. */
export function NewIdentityDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const [role, setRole] = useState<string>('no-access');
  const make = useAct(async () => {
    const { identity } = await body(api.POST('/api/v1/identities', { body: { name: name.trim(), role } }));
    await navigate({ to: '/access/identities/$identity', params: { identity: identity.id } });
  }, ['identities']);

  function submit(event: FormEvent) {
    event.preventDefault();
    make.mutate();
  }

  return (
    <Dialog title={t('access.newIdentity')} onClose={onClose} isBusy={make.isPending}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput
            label={t('account.name')}
            value={name}
            onChange={event => setName(event.currentTarget.value)}
            required
            data-autofocus
          />
          <Select
            label={t('account.role')}
            description={t('access.organizationRoleHelp')}
            data={[...ORGANIZATION_ROLES]}
            value={role}
            onChange={value => setRole(value ?? role)}
            allowDeselect={false}
          />
          <Failure of={make.error} />
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              {t('ui.cancel')}
            </Button>
            <Button type="submit" loading={make.isPending}>
              {t('ui.add')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
