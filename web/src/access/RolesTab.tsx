import { Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { PermissionRule, Project } from '../api/schema.ts';
import { NoProject } from '../projects/NoProject.tsx';
import { ProjectSelect } from '../projects/ProjectSelect.tsx';
import { type Column, DataTable } from '../ui/DataTable.tsx';
import { FailurePanel } from '../ui/FailurePanel.tsx';
import { Filters } from '../ui/Filters.tsx';
import { Panel } from '../ui/Panel.tsx';
import { Waiting } from '../ui/Waiting.tsx';
import { rolesQuery } from './queries.ts';
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
  if (roles.error !== null)
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
      {roles.data.map(role => (
        <Panel key={role.id} title={role.name} isName actions={<code translate="no">{role.slug}</code>}>
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
    </Stack>
  );
}
