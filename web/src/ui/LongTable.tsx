import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import classes from './DataTable.module.css';
import { TableFrame, TableHead, type TableProps, TableRow } from './DataTable.tsx';

interface Props<Row> extends TableProps<Row> {
  /** Asked for when the end of what is there comes near. */
  onNearEnd?: () => void;
  /** Told which row is the first that is there. */
  onFirst?: (index: number) => void;
}

/** Rows beyond the screen that are there already. */
const AHEAD = 8;
const ROW_HEIGHT = 62;

/** A table of very many rows: only those on the screen and around it are there. What is before and after is room of their height. */
export function LongTable<Row>({ label, columns, rows, rowKey, onNearEnd, onFirst }: Props<Row>) {
  const body = useRef<HTMLTableSectionElement>(null);
  const [offset, setOffset] = useState(0);
  useLayoutEffect(() => {
    const top = body.current?.getBoundingClientRect().top ?? 0;
    setOffset(top + window.scrollY);
  }, []);
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => ROW_HEIGHT,
    overscan: AHEAD,
    scrollMargin: offset,
    getItemKey: index => {
      const row = rows[index];
      return row === undefined ? index : rowKey(row);
    },
  });
  const shown = virtual.getVirtualItems();
  const first = shown[0]?.index ?? 0;
  const last = shown.at(-1)?.index ?? 0;
  // The same place is another row where there are other rows.
  // biome-ignore lint/correctness/useExhaustiveDependencies: therefore it is told of these, too
  useEffect(() => onFirst?.(first), [first, rows, onFirst]);
  useEffect(() => {
    if (last >= rows.length - AHEAD) onNearEnd?.();
  }, [last, rows.length, onNearEnd]);
  const before = (shown[0]?.start ?? offset) - offset;
  const after = virtual.getTotalSize() - ((shown.at(-1)?.end ?? offset) - offset);
  return (
    // Its columns have widths of their own, whatever is in the rows.
    <TableFrame content={[columns.length]}>
      {/* biome-ignore-start lint/a11y/noRedundantRoles: `display` takes them away */}
      <table
        className={`${classes.table} ${classes.long}`}
        role="table"
        aria-label={label}
        aria-rowcount={rows.length + 1}
      >
        <TableHead columns={columns} />
        <tbody role="rowgroup" ref={body}>
          <Room height={before} />
          {shown.map(({ index, key }) => {
            const row = rows[index];
            if (row === undefined) return null;
            return (
              <TableRow
                key={String(key)}
                columns={columns}
                row={row}
                index={index}
                ref={virtual.measureElement}
              />
            );
          })}
          <Room height={after} />
        </tbody>
      </table>
      {/* biome-ignore-end lint/a11y/noRedundantRoles: `display` takes them away */}
    </TableFrame>
  );
}

/** The height of rows that are not there. */
function Room({ height }: { height: number }) {
  const row = useRef<HTMLTableRowElement>(null);
  useLayoutEffect(() => {
    if (row.current !== null) row.current.style.height = `${height}px`;
  }, [height]);
  if (height <= 0) return null;
  // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it can have the focus
  return <tr ref={row} aria-hidden="true" className={classes.room} />;
}
