import { Button, Group, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import { useAct } from '../app/use-act.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { Failure } from '../ui/Failure.tsx';
import { slugOf } from './slug.ts';

export function NewGroupDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const make = useAct(
    () => body(api.POST('/api/v1/groups', { body: { name: name.trim(), slug: slugOf(name) } })),
    ['groups'],
    onClose,
  );

  function submit(event: FormEvent) {
    event.preventDefault();
    make.mutate();
  }

  return (
    <Dialog title={t('access.newGroup')} onClose={onClose} isBusy={make.isPending}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput
            label={t('account.name')}
            value={name}
            onChange={event => setName(event.currentTarget.value)}
            required
            data-autofocus
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
