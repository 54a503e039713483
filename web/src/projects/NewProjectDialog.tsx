import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import { asApiError, faultsByField } from '../api/problem.ts';
import { useAct } from '../app/use-act.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { Notice } from '../ui/Notice.tsx';
import { projectsQuery } from './queries.ts';

export function NewProjectDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const make = useAct(async () => {
    const sent = { projectName: name, shouldCreateDefaultEnvs: true };
    const { project } = await body(api.POST('/api/v1/projects', { body: sent }));
    await navigate({ to: '/p/$project/overview', params: { project: project.slug } });
  }, projectsQuery.queryKey);
  const failure = make.error === null ? null : asApiError(make.error);
  const fault = failure === null ? undefined : faultsByField(failure).projectName;

  function submit(event: FormEvent) {
    event.preventDefault();
    make.mutate();
  }

  return (
    <Dialog title={t('projects.new')} onClose={onClose} isBusy={make.isPending}>
      <form onSubmit={submit}>
        <Stack gap="md">
          {failure !== null && fault === undefined && <Notice tone="bad">{failure.message}</Notice>}
          <TextInput
            label={t('projects.name')}
            description={t('projects.nameHelp')}
            value={name}
            onChange={event => setName(event.currentTarget.value)}
            error={fault}
            required
            data-autofocus
          />
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              {t('ui.cancel')}
            </Button>
            <Button type="submit" loading={make.isPending}>
              {t('projects.make')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
