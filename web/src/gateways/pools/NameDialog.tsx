import { Button, Group, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asApiError, faultsByField } from '../../api/problem.ts';
import type { GatewayPool } from '../../api/schema.ts';
import { useMutationOnce } from '../../app/use-mutation-once.ts';
import { Dialog } from '../../ui/Dialog.tsx';
import { Failure } from '../../ui/Failure.tsx';

interface Props {
  title: string;
  /** The act itself, as a verb. */
  act: string;
  first: string;
  help?: string;
  save: (name: string) => Promise<GatewayPool>;
  onSaved: (pool: GatewayPool) => Promise<unknown>;
  onClose: () => void;
}

/** Asks for the name of a pool, the first or another. */
export function NameDialog({ title, act, first, help, save, onSaved, onClose }: Props) {
  const { t } = useTranslation();
  const [name, setName] = useState(first);
  const saving = useMutationOnce({ mutationFn: () => save(name.trim()), onSuccess: onSaved });
  const failure = saving.error === null ? null : asApiError(saving.error);
  const fault = failure === null ? undefined : faultsByField(failure).name;

  function submit(event: FormEvent) {
    event.preventDefault();
    saving.mutate();
  }

  return (
    <Dialog title={title} onClose={onClose} isBusy={saving.isPending}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput
            label={t('clusters.name')}
            description={help}
            value={name}
            onChange={event => setName(event.currentTarget.value)}
            error={fault}
            autoComplete="off"
            required
            data-autofocus
          />
          {fault === undefined && <Failure of={failure} />}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose} disabled={saving.isPending}>
              {t('ui.cancel')}
            </Button>
            <Button type="submit" loading={saving.isPending}>
              {act}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
