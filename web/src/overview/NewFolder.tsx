import { Button, Group, MultiSelect, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import type { EnvironmentSummary, Project } from '../api/schema.ts';
import { useAct } from '../app/use-act.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Failure } from '../ui/Failure.tsx';

interface Props {
  project: Project;
  /** Those that are shown: the folder is made in all of them unless some are taken out. */
  environments: EnvironmentSummary[];
  path: string;
}

/** Makes a folder here, in several environments at once. */
export function NewFolder(props: Props) {
  const { t } = useTranslation();
  const [isMaking, setIsMaking] = useState(false);
  return (
    <>
      <ActionButton variant="default" onClick={() => setIsMaking(true)}>
        {t('overview.newFolder')}
      </ActionButton>
      {isMaking && <NewFolderDialog {...props} onClose={() => setIsMaking(false)} />}
    </>
  );
}

function NewFolderDialog({ project, environments, path, onClose }: Props & { onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState(environments.map(({ slug }) => slug));
  const make = useAct(
    async () => {
      for (const environment of chosen) {
        const sent = { projectId: project.id, environment, name: name.trim(), path };
        await body(api.POST('/api/v2/folders', { body: sent }));
      }
    },
    ['folders', project.id],
    onClose,
  );

  function submit(event: FormEvent) {
    event.preventDefault();
    make.mutate();
  }

  return (
    <Dialog title={t('overview.newFolder')} onClose={onClose} isBusy={make.isPending}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput
            label={t('overview.name')}
            description={t('overview.folderIn', { path })}
            value={name}
            onChange={event => setName(event.currentTarget.value)}
            required
            data-autofocus
          />
          <MultiSelect
            label={t('overview.environments')}
            data={project.environments.map(environment => ({
              value: environment.slug,
              label: environment.name,
            }))}
            value={chosen}
            onChange={setChosen}
            required
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
