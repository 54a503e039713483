import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { EnvironmentSummary, Project } from '../api/schema.ts';
import { useRefusal } from '../dynamic-secrets/use-right.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { type Column, DataTable } from '../ui/DataTable.tsx';
import { Panel } from '../ui/Panel.tsx';
import { type EnvironmentAct, EnvironmentDialog } from './EnvironmentDialog.tsx';

/** The environments of a project, in their order. */
export function EnvironmentsPanel({ project }: { project: Project }) {
  const { t } = useTranslation();
  const [act, setAct] = useState<EnvironmentAct | null>(null);
  const place = {
    projectSlug: project.slug,
    environmentSlug: project.environments[0]?.slug ?? '',
    path: '/',
  };
  const refusals = {
    add: useRefusal(place, 'environments', 'create'),
    rename: useRefusal(place, 'environments', 'edit'),
    remove: useRefusal(place, 'environments', 'delete'),
  };
  const columns: Column<EnvironmentSummary>[] = [
    { key: 'name', header: t('account.name'), cell: ({ name }) => <span translate="no">{name}</span> },
    { key: 'slug', header: t('settings.slug'), cell: ({ slug }) => <code translate="no">{slug}</code> },
    {
      key: 'actions',
      header: t('leases.actions'),
      isQuiet: true,
      cell: environment =>
        (['rename', 'remove'] as const).map(kind => (
          <ActionButton
            key={kind}
            size="compact-sm"
            variant="default"
            reason={refusals[kind]}
            onClick={() => setAct({ kind, environment })}
            aria-label={t(`settings.${kind}Named`, { name: environment.name })}
          >
            {t(`settings.${kind}`)}
          </ActionButton>
        )),
    },
  ];
  return (
    <Panel
      title={t('settings.tabs.environments')}
      actions={
        <ActionButton
          variant="light"
          reason={refusals.add}
          onClick={() => setAct({ kind: 'add' })}
          data-key="n"
        >
          {t('settings.addEnvironment')}
        </ActionButton>
      }
    >
      <DataTable
        label={t('settings.tabs.environments')}
        columns={columns}
        rows={project.environments}
        rowKey={({ id }) => id}
      />
      {act !== null && <EnvironmentDialog act={act} project={project} onClose={() => setAct(null)} />}
    </Panel>
  );
}
