import { formatAbsolute, formatRelative } from '../time/format.ts';
import { useWithTime } from '../time/use-now.ts';
import { Hint } from './Hint.tsx';

/** A time with its direction; the exact one on hover and focus. */
export function Moment({ at, isFocusable = true }: { at: string; isFocusable?: boolean }) {
  const words = useWithTime(now => formatRelative(at, now));
  return (
    <Hint words={() => <span translate="no">{formatAbsolute(at)}</span>}>
      {hinted => (
        <time {...hinted} dateTime={at} tabIndex={isFocusable ? 0 : undefined} translate="no">
          {words}
        </time>
      )}
    </Hint>
  );
}
