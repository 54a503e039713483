import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { EnvironmentSummary, Project } from '../api/schema.ts';
import { Notice } from '../ui/Notice.tsx';
import { StatePanel } from '../ui/StatePanel.tsx';
import { BulkBar } from './BulkBar.tsx';
import { clustersQuery } from './clusters.ts';
import { FolderTrail } from './FolderTrail.tsx';
import { clustersOf } from './Identity.tsx';
import { MatrixFilters } from './MatrixFilters.tsx';
import { MatrixTable } from './MatrixTable.tsx';
import { narrowed } from './narrow.ts';
import { Troubles } from './Troubles.tsx';
import type { Matrix } from './use-matrix.ts';

const route = getRouteApi('/shell/p/$project/overview');

interface Props {
  project: Project;
  environments: EnvironmentSummary[];
  matrix: Matrix;
  /** What leads to the first dynamic secret. */
  add: ReactNode;
}

/** What is in a folder of the environments that are shown, narrowed down and chosen from. */
export function OverviewContent({ project, environments, matrix, add }: Props) {
  const { t } = useTranslation();
  const { env: _, path = '/', ...narrowing } = route.useSearch();
  const { q = '' } = narrowing;
  const { data: clusters = {} } = useQuery(clustersQuery);
  const rows = narrowed(matrix.rows, narrowing, clusters);
  const folders = matrix.folders.filter(({ name }) => name.toLowerCase().includes(q.toLowerCase()));
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const keyOf = (name: string) => `${path}/${name}`;
  const chosenRows = rows.filter(({ name }) => chosen.has(keyOf(name)));
  const isEmpty = matrix.rows.length === 0 && matrix.folders.length === 0;
  const isAllBroken = matrix.troubles.length === environments.length;

  function toggle(name: string) {
    const next = new Set(chosen);
    if (!next.delete(keyOf(name))) next.add(keyOf(name));
    setChosen(next);
  }

  return (
    <>
      <FolderTrail path={path} />
      <Troubles of={matrix.troubles} />
      {!isEmpty && <MatrixFilters clusters={clustersOf(matrix.rows, clusters)} />}
      <BulkBar project={project} path={path} chosen={chosenRows} onChooseNone={() => setChosen(new Set())} />
      {isEmpty && !isAllBroken && (
        <StatePanel kind="empty" title={t('overview.none')} action={add}>
          {t('overview.noneWhy')}
        </StatePanel>
      )}
      {!isEmpty && rows.length + folders.length === 0 && (
        <StatePanel kind="filtered" title={t('overview.noMatch')} onRetry={undefined}>
          {q === '' ? t('matrix.narrowed') : t('overview.noMatchWhy')} <span translate="no">{q}</span>
        </StatePanel>
      )}
      {rows.length + folders.length > 0 && (
        <MatrixTable
          project={project}
          environments={environments}
          path={path}
          rows={rows}
          folders={folders}
          clusters={clusters}
          chosen={new Set(chosenRows.map(({ name }) => name))}
          onToggle={toggle}
        />
      )}
      {matrix.isCountCut && (
        <Notice tone="plain">
          {t('matrix.countCut')}{' '}
          <Link to="/leases" search={{ project: project.slug, status: 'active' }}>
            {t('matrix.allLive')}
          </Link>
        </Notice>
      )}
    </>
  );
}
