import { Button, Group, MultiSelect, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import type { Project } from '../api/schema.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { Refusals } from './Refusals.tsx';
import { useFolderAct } from './use-folder-act.ts';
import type { FolderRow } from './use-matrix.ts';

interface Props {
  project: Project;
  row: FolderRow;
  path: string;
  onClose: () => void;
}

/** Another name for a folder, in each environment that has it. */
export function RenameFolderDialog({ project, row, path, onClose }: Props) {
  const { t } = useTranslation();
  const [name, setName] = useState(row.name);
  const act = useFolderAct(project, row, onClose);

  function submit(event: FormEvent) {
    event.preventDefault();
    void act.run(({ environment, folder }) => {
      const sent = { projectId: project.id, environment: environment.slug, path, name: name.trim() };
      const params = { path: { folderId: folder.id } };
      return body(api.PATCH('/api/v2/folders/{folderId}', { params, body: sent }));
    });
  }

  return (
    <Dialog title={t('matrix.renameTitle', { name: row.name })} onClose={onClose} isBusy={act.isBusy}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <Text size="sm">{t('matrix.renameEffect')}</Text>
          <TextInput
            label={t('overview.name')}
            value={name}
            onChange={event => setName(event.currentTarget.value)}
            required
            data-autofocus
          />
          <MultiSelect
            label={t('matrix.inEnvironments')}
            data={row.places.map(({ environment }) => ({ value: environment.slug, label: environment.name }))}
            value={act.chosen}
            onChange={act.setChosen}
            required
          />
          <Refusals of={act.refused} />
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              {t('ui.cancel')}
            </Button>
            <Button type="submit" loading={act.isBusy}>
              {t('matrix.renameAct')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
