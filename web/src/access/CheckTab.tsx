import { Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Explanation, Project } from '../api/schema.ts';
import { NoProject } from '../projects/NoProject.tsx';
import { ProjectSelect } from '../projects/ProjectSelect.tsx';
import { type Column, DataTable } from '../ui/DataTable.tsx';
import { FailurePanel } from '../ui/FailurePanel.tsx';
import { Filters } from '../ui/Filters.tsx';
import { StatePanel } from '../ui/StatePanel.tsx';
import { Waiting } from '../ui/Waiting.tsx';
import { whoCanQuery } from './queries.ts';
import { useNames } from './use-names.ts';
import { useProject } from './use-project.ts';
import { Verdict, WhoSelect } from './Verdict.tsx';

const route = getRouteApi('/shell/access/$tab');
const ACTIONS = [
  'lease',
  'manage-leases',
  'approve-leases',
  'create-root-credential',
  'edit-root-credential',
] as const;

/** Who may do something with dynamic secrets at a place, and by which rule. */
export function CheckTab() {
  const { t } = useTranslation();
  const { projects, project } = useProject();
  const { env, path, action, who } = route.useSearch();
  const navigate = route.useNavigate();
  if (project === undefined) return <NoProject />;
  const narrow = (changes: {
    project?: string;
    env?: string;
    path?: string;
    action?: string;
    who?: string;
  }) => void navigate({ params: rest => rest, search: rest => ({ ...rest, ...changes }), replace: true });
  const ask = (chosen: string | null) =>
    void navigate({
      params: rest => rest,
      search: ({ who: _, ...rest }) => (chosen === null ? rest : { ...rest, who: chosen }),
      replace: true,
    });
  const environment = project.environments.find(({ slug }) => slug === env) ?? project.environments[0];
  const wanted = ACTIONS.find(candidate => candidate === action) ?? 'lease';
  return (
    <>
      <Filters>
        <ProjectSelect
          projects={projects}
          chosen={project.slug}
          // An environment is of one project.
          onChoose={slug =>
            void navigate({
              params: rest => rest,
              search: ({ env: _, ...rest }) => ({ ...rest, project: slug }),
              replace: true,
            })
          }
        />
        <Select
          label={t('overview.environment')}
          data={project.environments.map(({ slug, name }) => ({ value: slug, label: name }))}
          value={environment?.slug ?? null}
          onChange={value => value !== null && narrow({ env: value })}
          allowDeselect={false}
        />
        <TextInput
          label={t('overview.folder')}
          defaultValue={path ?? '/'}
          onBlur={event => narrow({ path: event.currentTarget.value || '/' })}
        />
        <Select
          label={t('access.action')}
          data={ACTIONS.map(value => ({ value, label: t(`access.actions.${value}`) }))}
          value={wanted}
          onChange={value => value !== null && narrow({ action: value })}
          allowDeselect={false}
        />
        <WhoSelect value={who} onChange={ask} />
      </Filters>
      {environment !== undefined && who !== undefined && (
        <Verdict
          asked={{
            projectSlug: project.slug,
            environmentSlug: environment.slug,
            path: path ?? '/',
            action: wanted,
          }}
          who={who}
        />
      )}
      {environment !== undefined && (
        <Holders project={project} environment={environment.slug} path={path ?? '/'} action={wanted} />
      )}
    </>
  );
}

interface Asked {
  project: Project;
  environment: string;
  path: string;
  action: string;
}

function Holders({ project, environment, path, action }: Asked) {
  const { t } = useTranslation();
  const nameOf = useNames();
  const who = useQuery(
    whoCanQuery({ projectSlug: project.slug, environmentSlug: environment, path, action }),
  );
  if (who.data === undefined && who.error !== null)
    return <FailurePanel failure={who.error} onRetry={() => void who.refetch()} />;
  if (who.data === undefined) return <Waiting />;
  if (who.data.length === 0) return <StatePanel kind="filtered" title={t('access.nobody')} />;
  const columns: Column<Explanation>[] = [
    { key: 'who', header: t('leases.who'), cell: one => <span translate="no">{nameOf(one.principal)}</span> },
    { key: 'why', header: t('access.because'), cell: one => <span translate="no">{one.reason}</span> },
  ];
  return (
    <DataTable
      label={t('access.tabs.check')}
      columns={columns}
      rows={who.data}
      rowKey={one => one.principal.id}
    />
  );
}
