import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatCountdown } from '../time/duration.ts';
import { formatAbsolute } from '../time/format.ts';
import { serverNow } from '../time/server-clock.ts';
import { useNow, useWithTime } from '../time/use-now.ts';
import classes from './Countdown.module.css';
import { Hint } from './Hint.tsx';

const MINUTE = 60_000;

interface Props {
  until: string;
  label: string;
  /** Whether what is counted has stopped, by itself at the end or because somebody ended it early. */
  isStopped?: boolean;
  /** What stands there once nothing counts any more; the end is spoken all the same. */
  after?: ReactNode;
}

/** What is left, on the server's time. It is spoken at ten, five and one minute and at the end, and never in between. */
export function Countdown({ until, label, isStopped = false, after }: Props) {
  const end = Date.parse(until);
  const isOver = useWithTime(now => end <= now) || isStopped;
  const isSoon = useWithTime(now => end - now < 5 * MINUTE);
  return (
    <>
      {isOver && after !== undefined ? (
        after
      ) : (
        <Hint words={() => <span translate="no">{formatAbsolute(until)}</span>}>
          {hinted => (
            <span {...hinted} className={classes.countdown} data-soon={isSoon}>
              <span className={classes.label}>{label}</span>{' '}
              <time dateTime={until} translate="no" role="timer">
                <Left end={end} />
              </time>
            </span>
          )}
        </Hint>
      )}
      <Spoken end={end} isStopped={isStopped} />
    </>
  );
}

/** All that is drawn anew each second. */
function Left({ end }: { end: number }) {
  return formatCountdown(end - useNow());
}

/** At which minutes what is left is spoken; the last is the end. */
const SPOKEN = [10, 5, 1, 0];
/** The server may tell of the end a moment before the clock here shows it. */
const MOMENT = 5000;

function Spoken({ end, isStopped }: { end: number; isStopped: boolean }) {
  const { t } = useTranslation();
  const [words, setWords] = useState('');
  const passed = useWithTime(now => SPOKEN.filter(minutes => end - now <= minutes * MINUTE).length);
  const before = useRef({ passed, isStopped });
  useEffect(() => {
    const { current: was } = before;
    const isAtEnd = isStopped && end - serverNow() < MOMENT;
    const now = isAtEnd ? SPOKEN.length : passed;
    before.current = { passed: now, isStopped };
    if (was.isStopped || now <= was.passed) return;
    const minutes = SPOKEN[now - 1] ?? 0;
    setWords(minutes === 0 ? t('ui.ended') : t('ui.minutesLeft', { count: minutes }));
  }, [end, passed, isStopped, t]);
  return (
    <span className="visually-hidden" aria-live="polite">
      {words}
    </span>
  );
}
