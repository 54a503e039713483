import { Group, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PermissionRule, Project, Role } from '../api/schema.ts';
import { NoProject } from '../projects/NoProject.tsx';
import { ProjectSelect } from '../projects/ProjectSelect.tsx';
import { ActionButton } from '../ui/ActionButton.tsx';
import { type Column, DataTable } from '../ui/DataTable.tsx';
import { FailurePanel } from '../ui/FailurePanel.tsx';
import { Filters } from '../ui/Filters.tsx';
import { Panel } from '../ui/Panel.tsx';
import { Waiting } from '../ui/Waiting.tsx';
import { DeleteRoleDialog } from './DeleteRoleDialog.tsx';
import { rolesQuery } from './queries.ts';
import { RoleDialog } from './RoleDialog.tsx';
import { lineOf } from './role-draft.ts';
import { useProject } from './use-project.ts';

const route = getRouteApi('/shell/access/$tab');

/** The roles of a project with their rules in order: within a role the last one that speaks decides. */
export function RolesTab() {
  const { projects, project } = useProject();
  const navigate = route.useNavigate();
  if (project === undefined) return <NoProject />;
  return (
    <>
      <Filters>
        <ProjectSelect
          projects={projects}
          chosen={project.slug}
          onChoose={slug =>
            void navigate({ params: rest => rest, search: rest => ({ ...rest, project: slug }) })
          }
        />
      </Filters>
      <Roles project={project} />
    </>
  );
}

function Roles({ project }: { project: Project }) {
  const { t } = useTranslation();
  const roles = useQuery(rolesQuery(project.id));
  const [editing, setEditing] = useState<Role | 'new' | null>(null);
  const [ending, setEnding] = useState<Role | null>(null);
  if (roles.data === undefined && roles.error !== null)
    return <FailurePanel failure={roles.error} onRetry={() => void roles.refetch()} />;
  if (roles.data === undefined) return <Waiting />;
  const columns: Column<PermissionRule>[] = [
    {
      key: 'says',
      header: t('access.rule'),
      cell: rule => t(rule.inverted === true ? 'access.forbids' : 'access.allows'),
    },
    {
      key: 'what',
      header: t('access.what'),
      cell: rule => <span translate="no">{`${rule.subject}: ${[rule.action].flat().join(', ')}`}</span>,
    },
    {
      key: 'where',
      header: t('clusters.where'),
      cell: rule =>
        rule.conditions == null ? (
          t('access.everywhere')
        ) : (
          <span translate="no">{JSON.stringify(rule.conditions)}</span>
        ),
    },
  ];
  return (
    <Stack gap="md">
      <Group justify="flex-end">
        <ActionButton variant="light" onClick={() => setEditing('new')} data-key="n">
          {t('access.newRole')}
        </ActionButton>
      </Group>
      {roles.data.map(role => (
        <Panel
          key={role.id}
          title={role.name}
          isName
          actions={
            <RoleActions role={role} onEdit={() => setEditing(role)} onRemove={() => setEnding(role)} />
          }
        >
          {role.permissions.length === 0 ? (
            t('access.allowsNothing')
          ) : (
            <DataTable
              label={role.name}
              columns={columns}
              rows={role.permissions}
              rowKey={rule => JSON.stringify(rule)}
            />
          )}
        </Panel>
      ))}
      {editing !== null && (
        <RoleDialog
          project={project}
          role={editing === 'new' ? null : editing}
          onClose={() => setEditing(null)}
        />
      )}
      {ending !== null && <DeleteRoleDialog role={ending} onClose={() => setEnding(null)} />}
    </Stack>
  );
}

interface ActionsProps {
  role: Role;
  onEdit: () => void;
  onRemove: () => void;
}

/** Built-in roles are the server's; one that says more than lines can is left to the command line. */
function RoleActions({ role, onEdit, onRemove }: ActionsProps) {
  const { t } = useTranslation();
  const isOwn = role.createdAt != null;
  const isEditable = role.permissions.every(rule => lineOf(rule) !== null);
  return (
    <Group gap="sm">
      <code translate="no">{role.slug}</code>
      {isOwn && (
        <>
          <ActionButton
            size="compact-sm"
            variant="default"
            reason={isEditable ? null : t('access.tooMuch')}
            onClick={onEdit}
            aria-label={t('access.editNamed', { name: role.name })}
          >
            {t('ui.edit')}
          </ActionButton>
          <ActionButton
            size="compact-sm"
            variant="default"
            onClick={onRemove}
            aria-label={t('access.removeNamed', { name: role.name })}
          >
            {t('access.remove')}
          </ActionButton>
        </>
      )}
    </Group>
  );
}
