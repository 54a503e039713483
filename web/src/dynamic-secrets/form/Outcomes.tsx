import { useTranslation } from 'react-i18next';
import type { ApiError } from '../../api/problem.ts';
import type { EnvironmentSummary } from '../../api/schema.ts';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { StatusPill } from '../../ui/StatusPill.tsx';

/** What became of saving in one environment: null where it was saved. */
export type Outcome = ApiError | null;

interface Props {
  environments: EnvironmentSummary[];
  outcomes: ReadonlyMap<string, Outcome>;
}

/** How it went in each environment. What was saved stays saved; only the others are tried again. */
export function Outcomes({ environments, outcomes }: Props) {
  const { t } = useTranslation();
  const columns: Column<EnvironmentSummary>[] = [
    {
      key: 'environment',
      header: t('overview.environment'),
      cell: ({ name }) => <span translate="no">{name}</span>,
    },
    {
      key: 'outcome',
      header: t('form.outcome'),
      cell: ({ slug }) => {
        const isSaved = outcomes.get(slug) === null;
        return (
          <StatusPill tone={isSaved ? 'good' : 'bad'} label={t(isSaved ? 'form.saved' : 'form.notSaved')} />
        );
      },
    },
    {
      key: 'why',
      header: t('form.outcomeWhy'),
      cell: ({ slug }) => <span translate="no">{outcomes.get(slug)?.message ?? '–'}</span>,
    },
  ];
  return (
    <DataTable
      label={t('form.outcomes')}
      columns={columns}
      rows={environments.filter(({ slug }) => outcomes.has(slug))}
      rowKey={({ slug }) => slug}
    />
  );
}
