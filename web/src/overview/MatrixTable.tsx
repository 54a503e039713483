import { IconFolder } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { EnvironmentSummary, Project } from '../api/schema.ts';
import { endingOf } from '../dynamic-secrets/ending.ts';
import { type Column, DataTable } from '../ui/DataTable.tsx';
import { GenerateButton } from './GenerateButton.tsx';
import classes from './OverviewPage.module.css';
import type { Cell, Row } from './use-matrix.ts';

interface Props {
  project: Project;
  environments: EnvironmentSummary[];
  path: string;
  rows: Row[];
  folders: string[];
}

type Line = { kind: 'folder'; name: string } | { kind: 'secret'; row: Row };

export function MatrixTable({ project, environments, path, rows, folders }: Props) {
  const { t } = useTranslation();
  const lines: Line[] = [
    ...folders.map(name => ({ kind: 'folder' as const, name })),
    ...rows.map(row => ({ kind: 'secret' as const, row })),
  ];
  const columns: Column<Line>[] = [
    { key: 'name', header: t('overview.name'), cell: line => name(line) },
    ...environments.map((environment, index) => ({
      key: environment.id,
      header: environment.name,
      isName: true,
      cell: (line: Line) =>
        line.kind === 'folder' ? null : <Place cell={line.row.cells[index]} {...{ project, path }} />,
    })),
    { key: 'ending', header: t('overview.ending'), cell: line => line.kind === 'secret' && ending(line.row) },
    {
      key: 'generate',
      header: t('overview.actions'),
      isQuiet: true,
      cell: line =>
        line.kind === 'secret' && <GenerateButton project={project.slug} path={path} row={line.row} />,
    },
  ];
  return (
    <DataTable
      label={t('overview.table')}
      columns={columns}
      rows={lines}
      rowKey={line => (line.kind === 'folder' ? `folder ${line.name}` : `secret ${line.row.name}`)}
    />
  );

  function name(line: Line) {
    if (line.kind === 'secret') {
      return (
        <span className={classes.name} translate="no">
          {line.row.name}
        </span>
      );
    }
    const inside = `${path === '/' ? '' : path}/${line.name}`;
    return (
      <Link
        from="/p/$project/overview"
        to="/p/$project/overview"
        search={rest => ({ ...rest, path: inside })}
        className={classes.folder ?? ''}
        translate="no"
      >
        <IconFolder size={17} aria-hidden="true" />
        {line.name}/
      </Link>
    );
  }

  function ending(row: Row) {
    const found = row.cells.flatMap(({ secret, environment }) =>
      secret === undefined ? [] : [{ ending: endingOf(secret), environment }],
    );
    const isSame = new Set(found.map(({ ending }) => ending)).size === 1;
    return (isSame ? found.slice(0, 1) : found).map(({ ending, environment }) => (
      <div key={environment.id}>
        {t(`overview.endings.${ending}`)} {!isSame && <span translate="no">({environment.name})</span>}
      </div>
    ));
  }
}

/** Whether an environment has it, and how many leases are live there. */
function Place({ cell, project, path }: { cell: Cell | undefined; project: Project; path: string }) {
  const { t } = useTranslation();
  if (cell?.secret === undefined) return <span className={classes.quiet}>{t('overview.notHere')}</span>;
  return (
    <Link
      to="/p/$project/e/$environment/s/$name"
      params={{ project: project.slug, environment: cell.environment.slug, name: cell.secret.name }}
      search={path === '/' ? {} : { path }}
      className={classes.cell ?? ''}
      aria-label={t('overview.open', {
        name: cell.secret.name,
        environment: cell.environment.name,
        count: cell.live,
      })}
    >
      {t('overview.live', { count: cell.live })}
    </Link>
  );
}
