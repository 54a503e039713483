import { Button, Fieldset, Group, MultiSelect, Select, Stack, Switch, Text, TextInput } from '@mantine/core';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Project, Role } from '../api/schema.ts';
import { OthersNotice } from '../edits/OthersNotice.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Failure } from '../ui/Failure.tsx';
import { isPlaced, type Line, newLine, SUBJECTS, sayLines } from './role-draft.ts';
import { useRoleEdit } from './use-role-edit.ts';

interface Props {
  project: Project;
  /** Null for a new one. */
  role: Role | null;
  onClose: () => void;
}

/** A role of the project's own, line by line: the last one that speaks decides. */
export function RoleDialog({ project, role, onClose }: Props) {
  const { t } = useTranslation();
  const { edit, save } = useRoleEdit(project.id, role, onClose);
  const { name, lines } = edit.draft;
  const setLines = (next: Line[]) => edit.change({ lines: next });
  const change = (key: string, changes: Partial<Line>) =>
    setLines(lines.map(line => (line.key === key ? { ...line, ...changes } : line)));

  function submit(event: FormEvent) {
    event.preventDefault();
    save.mutate();
  }

  return (
    <Dialog
      size="lg"
      title={t(role === null ? 'access.newRole' : 'access.changeRole')}
      onClose={onClose}
      isBusy={save.isPending}
      isHeld
    >
      <form onSubmit={submit}>
        <Stack gap="md">
          <Text size="sm">{t('access.roleHelp')}</Text>
          <TextInput
            label={t('account.name')}
            value={name}
            onChange={event => edit.change({ name: event.currentTarget.value })}
            required
          />
          {lines.map((line, index) => (
            <Fieldset key={line.key} legend={t('access.line', { number: index + 1 })}>
              <LineFields
                line={line}
                project={project}
                onChange={changes => change(line.key, changes)}
                onRemove={() => setLines(lines.filter(({ key }) => key !== line.key))}
              />
            </Fieldset>
          ))}
          <div>
            <Button variant="default" onClick={() => setLines([...lines, newLine()])}>
              {t('access.addLine')}
            </Button>
          </div>
          <OthersNotice
            edit={edit}
            nameOf={field => t(field === 'name' ? 'account.name' : 'access.lines')}
            say={value => (Array.isArray(value) ? sayLines(value) : String(value))}
          />
          <Failure of={save.error} />
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              {t('ui.cancel')}
            </Button>
            <Button type="submit" loading={save.isPending}>
              {t('ui.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

interface LineProps {
  line: Line;
  project: Project;
  onChange: (changes: Partial<Line>) => void;
  onRemove: () => void;
}

function LineFields({ line, project, onChange, onRemove }: LineProps) {
  const { t } = useTranslation();
  return (
    <Stack gap="sm">
      <Switch
        label={t('access.forbidsInstead')}
        checked={line.forbids}
        onChange={event => onChange({ forbids: event.currentTarget.checked })}
      />
      <Select
        label={t('access.what')}
        data={Object.keys(SUBJECTS)}
        value={line.subject}
        onChange={subject =>
          subject !== null && onChange({ subject, actions: [], environments: [], path: '' })
        }
        allowDeselect={false}
      />
      <MultiSelect
        label={t('access.action')}
        data={SUBJECTS[line.subject] ?? []}
        value={line.actions}
        onChange={actions => onChange({ actions })}
        required
      />
      {isPlaced(line.subject) && (
        <>
          <MultiSelect
            label={t('overview.environments')}
            description={t('access.emptyIsAll')}
            data={project.environments.map(({ slug, name }) => ({ value: slug, label: name }))}
            value={line.environments}
            onChange={environments => onChange({ environments })}
          />
          <TextInput
            label={t('overview.folder')}
            description={t('access.folderHelp')}
            value={line.path}
            onChange={event => onChange({ path: event.currentTarget.value })}
            autoComplete="off"
          />
        </>
      )}
      <div>
        <Button size="compact-sm" variant="subtle" color="red" onClick={onRemove}>
          {t('access.removeLine')}
        </Button>
      </div>
    </Stack>
  );
}
