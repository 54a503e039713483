import { Stack, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import type { Project } from '../api/schema.ts';
import { useAct } from '../app/use-act.ts';
import { useRefusal } from '../dynamic-secrets/use-right.ts';
import { OthersNotice } from '../edits/OthersNotice.tsx';
import { useEdit } from '../edits/use-edit.ts';
import { projectQuery } from '../projects/queries.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx';
import { Failure } from '../ui/Failure.tsx';
import { Panel } from '../ui/Panel.tsx';
import { tell } from '../ui/tell.ts';
import classes from './PolicyForm.module.css';

/** What a project is called, and its end. */
export function GeneralPanel({ project }: { project: Project }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const edit = useEdit(draftOf(project), trimmed);
  const { name, description } = edit.draft;
  const place = {
    projectSlug: project.slug,
    environmentSlug: project.environments[0]?.slug ?? '',
    path: '/',
  };
  const refusal = useRefusal(place, 'project', 'edit');
  const params = { path: { projectId: project.id } };
  const save = useAct(
    async () => {
      const fresh = draftOf(await client.fetchQuery({ ...projectQuery(project.slug), staleTime: 0 }));
      const draft = edit.settle(fresh);
      const sent = {
        ...(draft.name === fresh.name ? {} : { name: draft.name }),
        ...(draft.description === fresh.description ? {} : { description: draft.description }),
      };
      if (Object.keys(sent).length > 0)
        await body(api.PATCH('/api/v1/projects/{projectId}', { params, body: sent }));
    },
    ['projects'],
    () => tell({ color: 'green', message: t('settings.projectSaved') }),
  );

  function submit(event: FormEvent) {
    event.preventDefault();
    save.mutate();
  }

  return (
    <Stack gap="md">
      <Panel title={t('settings.tabs.general')}>
        <form onSubmit={submit} className={classes.form}>
          <Stack gap="md">
            <OthersNotice
              edit={edit}
              nameOf={field => t(field === 'name' ? 'account.name' : 'access.description')}
            />
            <TextInput
              label={t('account.name')}
              value={name}
              onChange={event => edit.change({ name: event.currentTarget.value })}
              disabled={refusal !== null}
              required
            />
            <TextInput
              label={t('access.description')}
              value={description}
              onChange={event => edit.change({ description: event.currentTarget.value })}
              disabled={refusal !== null}
            />
            <Failure of={save.error} />
            <div>
              <ActionButton type="submit" reason={refusal} loading={save.isPending}>
                {t('ui.save')}
              </ActionButton>
            </div>
          </Stack>
        </form>
      </Panel>
      <RemovePanel project={project} />
    </Stack>
  );
}

interface Draft {
  name: string;
  description: string;
}

const draftOf = ({ name, description }: Project): Draft => ({ name, description: description ?? '' });

const trimmed = ({ name, description }: Draft): Draft => ({
  name: name.trim(),
  description: description.trim(),
});

function RemovePanel({ project }: { project: Project }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [isAsking, setIsAsking] = useState(false);
  const [typed, setTyped] = useState('');
  const place = {
    projectSlug: project.slug,
    environmentSlug: project.environments[0]?.slug ?? '',
    path: '/',
  };
  const refusal = useRefusal(place, 'project', 'delete');
  const remove = useAct(async () => {
    await body(api.DELETE('/api/v1/projects/{projectId}', { params: { path: { projectId: project.id } } }));
    await navigate({ to: '/projects' });
  }, ['projects']);
  return (
    <Panel title={t('settings.removeProject')}>
      <Stack gap="md">
        <Text size="sm">{t('settings.removeProjectWhy')}</Text>
        <div>
          <ActionButton
            color="red"
            variant="outline"
            reason={project.hasDeleteProtection ? t('access.protected') : refusal}
            onClick={() => setIsAsking(true)}
          >
            {t('settings.removeProject')}
          </ActionButton>
        </div>
      </Stack>
      {isAsking && (
        <ConfirmDialog
          title={t('settings.removeProjectTitle')}
          act={t('settings.removeProject')}
          isBusy={remove.isPending}
          reason={typed.trim() === project.slug ? null : t('settings.typeSlug')}
          onAct={() => remove.mutate()}
          onClose={() => setIsAsking(false)}
        >
          <Text size="sm">
            {t('settings.removeProjectWhy')} <strong translate="no">{project.slug}</strong>
          </Text>
          <TextInput
            label={t('settings.typeSlug')}
            value={typed}
            onChange={event => setTyped(event.currentTarget.value)}
            autoComplete="off"
          />
          <Failure of={remove.error} />
        </ConfirmDialog>
      )}
    </Panel>
  );
}
