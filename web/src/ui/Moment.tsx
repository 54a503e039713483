import { Tooltip } from '@mantine/core';
import { formatAbsolute, formatRelative } from '../time/format.ts';
import { useNow } from '../time/use-now.ts';

/** A time with its direction; the exact one on hover and focus. */
export function Moment({ at }: { at: string }) {
  const now = useNow();
  return (
    <Tooltip label={<span translate="no">{formatAbsolute(at)}</span>}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the exact time is for keyboards, too */}
      <time dateTime={at} tabIndex={0} translate="no">
        {formatRelative(at, now)}
      </time>
    </Tooltip>
  );
}
