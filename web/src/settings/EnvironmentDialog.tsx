import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { slugOf } from '../access/slug.ts';
import { api, body } from '../api/client.ts';
import type { EnvironmentSummary, Project } from '../api/schema.ts';
import { useAct } from '../app/use-act.ts';
import { OthersNotice } from '../edits/OthersNotice.tsx';
import { useEdit } from '../edits/use-edit.ts';
import { projectQuery } from '../projects/queries.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { Failure } from '../ui/Failure.tsx';

export type EnvironmentAct = { kind: 'add' } | { kind: 'rename' | 'remove'; environment: EnvironmentSummary };

interface Props {
  act: EnvironmentAct;
  project: Project;
  onClose: () => void;
}

const BASE = '/api/v1/projects/{projectId}/environments';

/** Adds, renames or removes an environment. Its short name stays, because programs know it by that. */
export function EnvironmentDialog({ act, project, onClose }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const edit = useEdit({ name: act.kind === 'rename' ? newest(act.environment, project).name : '' });
  const { name } = edit.draft;
  const save = useAct(() => carryOut(), ['projects'], onClose);
  // Removing takes all that is in it, so its name is typed.
  const isUnsure = act.kind === 'remove' && name.trim() !== act.environment.slug;

  async function carryOut(): Promise<unknown> {
    if (act.kind === 'add') {
      const params = { path: { projectId: project.id } };
      return body(api.POST(BASE, { params, body: { name: name.trim(), slug: slugOf(name) } }));
    }
    const params = { path: { projectId: project.id, environmentId: act.environment.id } };
    if (act.kind === 'remove') return body(api.DELETE(`${BASE}/{environmentId}`, { params }));
    const fresh = await client.fetchQuery({ ...projectQuery(project.slug), staleTime: 0 });
    const settled = edit.settle({ name: newest(act.environment, fresh).name });
    return body(api.PATCH(`${BASE}/{environmentId}`, { params, body: { name: settled.name.trim() } }));
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    save.mutate();
  }

  return (
    <Dialog title={t(`settings.${act.kind}Title`)} onClose={onClose} isBusy={save.isPending}>
      <form onSubmit={submit}>
        <Stack gap="md">
          {act.kind === 'remove' && (
            <Text size="sm">
              {t('settings.removeWhy')} <strong translate="no">{act.environment.slug}</strong>
            </Text>
          )}
          <TextInput
            label={t(act.kind === 'remove' ? 'settings.typeSlug' : 'account.name')}
            value={name}
            onChange={event => edit.change({ name: event.currentTarget.value })}
            autoComplete="off"
            required
            data-autofocus
          />
          {act.kind === 'rename' && <OthersNotice edit={edit} nameOf={() => t('account.name')} />}
          <Failure of={save.error} />
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              {t('ui.cancel')}
            </Button>
            <Button
              type="submit"
              loading={save.isPending}
              disabled={isUnsure}
              {...(act.kind === 'remove' ? { color: 'red' } : {})}
            >
              {t(act.kind === 'add' ? 'ui.add' : `settings.${act.kind}`)}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

/** The same environment, as the project has it. */
function newest(environment: EnvironmentSummary, { environments }: Project): EnvironmentSummary {
  return environments.find(({ id }) => id === environment.id) ?? environment;
}
