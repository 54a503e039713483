import { type KeyboardEvent, memo, type ReactNode, type Ref, useRef } from 'react';
import classes from './DataTable.module.css';
import { useStacking } from './use-stacking.ts';

export interface Column<Row> {
  key: string;
  header: string;
  cell: (row: Row) => ReactNode;
  /** For a column of buttons: its header is read and not drawn. */
  isQuiet?: boolean;
  /** Whether the header is somebody's own name for something, which is not translated. */
  isName?: boolean;
  /** In long tables, whose columns do not follow what is in them: at least the room that their words need. */
  width?: 'tiny' | 'narrow' | 'wide' | 'action';
}

export interface TableProps<Row> {
  label: string;
  columns: Column<Row>[];
  rows: Row[];
  rowKey: (row: Row) => string;
}

/** A table that becomes a list of cards where there is no room for columns. Roles are written out because the cards are no table to a browser. */
export function DataTable<Row>({ label, columns, rows, rowKey }: TableProps<Row>) {
  return (
    <TableFrame content={[columns, rows]}>
      {/* biome-ignore-start lint/a11y/noRedundantRoles: `display` takes them away */}
      <table className={classes.table} role="table" aria-label={label}>
        <TableHead columns={columns} />
        <tbody role="rowgroup">
          {rows.map(row => (
            <TableRow key={rowKey(row)} columns={columns} row={row} />
          ))}
        </tbody>
      </table>
      {/* biome-ignore-end lint/a11y/noRedundantRoles: `display` takes them away */}
    </TableFrame>
  );
}

/** What stands around a table and decides whether its columns have room; something of `content` is another one where that may have changed. */
export function TableFrame({ content, children }: { content: readonly unknown[]; children: ReactNode }) {
  const frame = useRef<HTMLDivElement>(null);
  const ruler = useRef<HTMLDivElement>(null);
  useStacking({ frame, ruler }, content);
  return (
    <div ref={frame} className={classes.frame}>
      <div ref={ruler} />
      {children}
    </div>
  );
}

export function TableHead<Row>({ columns }: { columns: Column<Row>[] }) {
  return (
    // biome-ignore-start lint/a11y/noRedundantRoles: `display` takes them away
    <thead role="rowgroup">
      <tr role="row">
        {columns.map(column => (
          <th
            key={column.key}
            role="columnheader"
            scope="col"
            translate={column.isName ? 'no' : 'yes'}
            data-width={column.width}
          >
            <span className={column.isQuiet ? 'visually-hidden' : undefined}>{column.header}</span>
          </th>
        ))}
      </tr>
    </thead>
    // biome-ignore-end lint/a11y/noRedundantRoles: `display` takes them away
  );
}

interface RowProps<Row> {
  columns: Column<Row>[];
  row: Row;
  /** Its place among all rows, where not all of them are there. */
  index?: number;
  ref?: Ref<HTMLTableRowElement>;
}

function PlainRow<Row>({ columns, row, index, ref }: RowProps<Row>) {
  return (
    // biome-ignore-start lint/a11y/noRedundantRoles: `display` takes them away
    <tr
      ref={ref}
      role="row"
      tabIndex={-1}
      onKeyDown={openByKey}
      {...(index === undefined ? {} : { 'aria-rowindex': index + 2, 'data-index': index })}
    >
      {columns.map(column => (
        <td
          key={column.key}
          role="cell"
          className={column.isQuiet ? classes.quiet : undefined}
          data-width={column.width}
        >
          {!column.isQuiet && (
            <span className={classes.label} aria-hidden="true" translate={column.isName ? 'no' : 'yes'}>
              {column.header}
            </span>
          )}
          <div className={classes.value}>{column.cell(row)}</div>
        </td>
      ))}
    </tr>
    // biome-ignore-end lint/a11y/noRedundantRoles: `display` takes them away
  );
}

/** Drawn anew only when it is another row or has other columns: while a long table is scrolled, neither changes. */
export const TableRow = memo(PlainRow) as typeof PlainRow;

/** `Enter` on a row itself opens the row, by its link that says so or else its first; on something in it, it is that thing's own. */
function openByKey(event: KeyboardEvent<HTMLTableRowElement>): void {
  const row = event.currentTarget;
  if (event.key !== 'Enter' || event.target !== row) return;
  (row.querySelector<HTMLElement>('a[data-opens]') ?? row.querySelector('a'))?.click();
}
