import type { KeyboardEvent, ReactNode } from 'react';
import classes from './DataTable.module.css';

export interface Column<Row> {
  key: string;
  header: string;
  cell: (row: Row) => ReactNode;
  /** For a column of buttons: its header is read and not drawn. */
  isQuiet?: boolean;
  /** Whether the header is somebody's own name for something, which is not translated. */
  isName?: boolean;
}

interface Props<Row> {
  label: string;
  columns: Column<Row>[];
  rows: Row[];
  rowKey: (row: Row) => string;
}

/** `Enter` on a row itself opens what its first link leads to; on something in it, it is that thing's own. */
function openByKey(event: KeyboardEvent<HTMLTableRowElement>): void {
  if (event.key === 'Enter' && event.target === event.currentTarget)
    event.currentTarget.querySelector<HTMLElement>('a')?.click();
}

/** A table that becomes a list of cards where there is no room for columns. Roles are written out because the cards are no table to a browser. */
export function DataTable<Row>({ label, columns, rows, rowKey }: Props<Row>) {
  return (
    <div className={classes.frame}>
      {/* biome-ignore-start lint/a11y/noRedundantRoles: `display` takes them away */}
      <table className={classes.table} role="table" aria-label={label}>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map(column => (
              <th key={column.key} role="columnheader" scope="col" translate={column.isName ? 'no' : 'yes'}>
                <span className={column.isQuiet ? 'visually-hidden' : undefined}>{column.header}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map(row => (
            <tr key={rowKey(row)} role="row" tabIndex={-1} onKeyDown={openByKey}>
              {columns.map(column => (
                <td key={column.key} role="cell" className={column.isQuiet ? classes.quiet : undefined}>
                  {!column.isQuiet && (
                    <span
                      className={classes.label}
                      aria-hidden="true"
                      translate={column.isName ? 'no' : 'yes'}
                    >
                      {column.header}
                    </span>
                  )}
                  <div className={classes.value}>{column.cell(row)}</div>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {/* biome-ignore-end lint/a11y/noRedundantRoles: `display` takes them away */}
    </div>
  );
}
