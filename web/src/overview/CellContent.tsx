import { Button, Menu } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import classes from './OverviewPage.module.css';
import type { Cell, Row } from './use-matrix.ts';

interface Props {
  row: Row;
  cell: Cell | undefined;
  project: string;
  path: string;
}

/** Whether an environment has it, and how many leases are live there; what it has not can be copied there. */
export function CellContent({ row, cell, project, path }: Props) {
  const { t } = useTranslation();
  if (cell === undefined) return null;
  const { environment, state, secret, live } = cell;
  if (state === 'locked') {
    return (
      <span className={classes.locked}>
        <IconLock size={15} aria-hidden="true" /> {t('matrix.locked')}
      </span>
    );
  }
  if (state === 'unknown') return <span className={classes.quiet}>{t('matrix.unknown')}</span>;
  if (secret === undefined) return <CopyHere row={row} cell={cell} project={project} path={path} />;
  return (
    <Link
      to="/p/$project/e/$environment/s/$name"
      params={{ project, environment: environment.slug, name: secret.name }}
      search={path === '/' ? {} : { path }}
      className={classes.cell ?? ''}
      data-opens
      aria-label={t('overview.open', { name: secret.name, environment: environment.name, count: live })}
    >
      {t('overview.live', { count: live })}
    </Link>
  );
}

function CopyHere({ row, cell, project, path }: Props & { cell: Cell }) {
  const { t } = useTranslation();
  const { environment } = cell;
  const where = path === '/' ? {} : { path };
  const sources = row.cells.filter(({ secret }) => secret !== undefined);
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <Button
          size="compact-sm"
          variant="subtle"
          className={classes.notHere ?? ''}
          aria-label={t('matrix.copyMenu', { name: row.name, environment: environment.name })}
        >
          {t('overview.notHere')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {sources.map(source => (
          <Menu.Item
            key={source.environment.id}
            renderRoot={props => (
              <Link
                {...props}
                to="/p/$project/e/$environment/new"
                params={{ project, environment: environment.slug }}
                search={{ ...where, from: row.name, of: source.environment.slug }}
              />
            )}
          >
            {t('matrix.copyFrom', { environment: source.environment.name })}
          </Menu.Item>
        ))}
        <Menu.Item
          renderRoot={props => (
            <Link
              {...props}
              to="/p/$project/e/$environment/new"
              params={{ project, environment: environment.slug }}
              search={where}
            />
          )}
        >
          {t('matrix.addHere')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
