import { Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Project } from '../api/schema.ts';
import { NoProject } from '../projects/NoProject.tsx';
import { ProjectSelect } from '../projects/ProjectSelect.tsx';
import { ActionButton } from '../ui/ActionButton.tsx';
import { type Column, DataTable } from '../ui/DataTable.tsx';
import { FailurePanel } from '../ui/FailurePanel.tsx';
import { Filters } from '../ui/Filters.tsx';
import { Waiting } from '../ui/Waiting.tsx';
import { type MemberAct, MemberDialog } from './MemberDialog.tsx';
import { draftOf, rolesInWords } from './member-draft.ts';
import { type Member, membersQuery } from './queries.ts';
import { useProject } from './use-project.ts';

const route = getRouteApi('/shell/access/$tab');

/** Who is in a project, and what they are there. */
export function MembersTab() {
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
      <Members key={project.id} project={project} />
    </>
  );
}

function Members({ project }: { project: Project }) {
  const { t } = useTranslation();
  const members = useQuery(membersQuery(project.id));
  const [act, setAct] = useState<MemberAct | null>(null);
  if (members.data === undefined && members.error !== null)
    return <FailurePanel failure={members.error} onRetry={() => void members.refetch()} />;
  if (members.data === undefined) return <Waiting />;
  const columns: Column<Member>[] = [
    { key: 'name', header: t('leases.who'), cell: member => <span translate="no">{member.name}</span> },
    { key: 'kind', header: t('access.kind'), cell: ({ kind }) => t(`access.kinds.${kind}`) },
    {
      key: 'roles',
      header: t('access.tabs.roles'),
      cell: ({ roles }) => <span translate="no">{rolesInWords(draftOf({ roles }).roles)}</span>,
    },
    {
      key: 'actions',
      header: t('leases.actions'),
      isQuiet: true,
      cell: member =>
        (['change', 'remove'] as const).map(kind => (
          <ActionButton
            key={kind}
            size="compact-sm"
            variant="default"
            onClick={() => setAct({ kind, member })}
            aria-label={t(`access.${kind}Named`, { name: member.name })}
          >
            {t(`access.${kind}`)}
          </ActionButton>
        )),
    },
  ];
  return (
    <>
      <Group justify="flex-end" mb="md">
        <ActionButton variant="light" onClick={() => setAct({ kind: 'add' })} data-key="n">
          {t('access.addMember')}
        </ActionButton>
      </Group>
      <DataTable
        label={t('access.tabs.members')}
        columns={columns}
        rows={members.data}
        rowKey={({ kind, id }) => `${kind} ${id}`}
      />
      {act !== null && (
        <MemberDialog act={act} project={project} members={members.data} onClose={() => setAct(null)} />
      )}
    </>
  );
}
