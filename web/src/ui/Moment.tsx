import { Tooltip } from '@mantine/core';
import { formatAbsolute, formatRelative } from '../time/format.ts';
import { useNow } from '../time/use-now.ts';

/** A time with its direction; the exact one on hover and focus. */
export function Moment({ at, isFocusable = true }: { at: string; isFocusable?: boolean }) {
  const now = useNow();
  return (
    <Tooltip label={<span translate="no">{formatAbsolute(at)}</span>}>
      <time dateTime={at} tabIndex={isFocusable ? 0 : undefined} translate="no">
        {formatRelative(at, now)}
      </time>
    </Tooltip>
  );
}
