import { Checkbox } from '@mantine/core';
import { IconFolder } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { EnvironmentSummary, Project } from '../api/schema.ts';
import { type Column, DataTable } from '../ui/DataTable.tsx';
import { CellContent } from './CellContent.tsx';
import type { Clusters } from './clusters.ts';
import { Ending } from './Ending.tsx';
import { FolderActions } from './FolderActions.tsx';
import { Identity } from './Identity.tsx';
import { LastIssued } from './LastIssued.tsx';
import { useLastIssued } from './last-issued.ts';
import classes from './OverviewPage.module.css';
import { RowActions } from './RowActions.tsx';
import type { FolderRow, Row } from './use-matrix.ts';

interface Props {
  project: Project;
  environments: EnvironmentSummary[];
  path: string;
  rows: Row[];
  folders: FolderRow[];
  clusters: Clusters;
  /** Names of the chosen ones. */
  chosen: ReadonlySet<string>;
  onToggle: (name: string) => void;
}

type Line = { kind: 'folder'; row: FolderRow } | { kind: 'secret'; row: Row };

export function MatrixTable({
  project,
  environments,
  path,
  rows,
  folders,
  clusters,
  chosen,
  onToggle,
}: Props) {
  const { t } = useTranslation();
  const issued = useLastIssued(
    project.slug,
    rows.flatMap(({ cells }) => cells.flatMap(({ secret }) => secret?.id ?? [])),
  );
  const lines: Line[] = [
    ...folders.map(row => ({ kind: 'folder' as const, row })),
    ...rows.map(row => ({ kind: 'secret' as const, row })),
  ];
  const ofSecret = (draw: (row: Row) => React.ReactNode) => (line: Line) =>
    line.kind === 'secret' ? draw(line.row) : null;
  const columns: Column<Line>[] = [
    { key: 'choice', header: t('matrix.choose'), isQuiet: true, cell: ofSecret(choice) },
    { key: 'name', header: t('overview.name'), cell: name },
    ...environments.map((environment, index) => ({
      key: environment.id,
      header: environment.name,
      isName: true,
      cell: ofSecret(row => (
        <CellContent row={row} cell={row.cells[index]} project={project.slug} path={path} />
      )),
    })),
    { key: 'live', header: t('matrix.live'), cell: ofSecret(live) },
    {
      key: 'last',
      header: t('matrix.lastIssued'),
      cell: ofSecret(row => <LastIssued row={row} issued={issued} />),
    },
    { key: 'ending', header: t('overview.ending'), cell: ofSecret(row => <Ending row={row} />) },
    {
      key: 'generate',
      header: t('overview.actions'),
      isQuiet: true,
      cell: line =>
        line.kind === 'secret' ? (
          <RowActions project={project.slug} path={path} row={line.row} />
        ) : (
          <FolderActions project={project} path={path} row={line.row} />
        ),
    },
  ];
  return (
    <DataTable
      label={t('overview.table')}
      columns={columns}
      rows={lines}
      rowKey={({ kind, row }) => `${kind} ${row.name}`}
    />
  );

  function choice(row: Row) {
    return (
      <Checkbox
        checked={chosen.has(row.name)}
        onChange={() => onToggle(row.name)}
        data-key="x"
        aria-label={t('matrix.chooseOne', { name: row.name })}
      />
    );
  }

  function name({ kind, row }: Line) {
    if (kind === 'secret') {
      return <Identity row={row} clusters={clusters} />;
    }
    const inside = `${path === '/' ? '' : path}/${row.name}`;
    return (
      <Link
        from="/p/$project/overview"
        to="/p/$project/overview"
        search={rest => ({ ...rest, path: inside })}
        className={classes.folder ?? ''}
        translate="no"
      >
        <IconFolder size={17} aria-hidden="true" />
        {row.name}/
      </Link>
    );
  }

  function live({ cells }: Row) {
    return <span translate="no">{cells.reduce((sum, cell) => sum + cell.live, 0)}</span>;
  }
}
