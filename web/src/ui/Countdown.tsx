import { Tooltip } from '@mantine/core';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatCountdown } from '../time/duration.ts';
import { formatAbsolute } from '../time/format.ts';
import { useNow } from '../time/use-now.ts';
import classes from './Countdown.module.css';

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
  const left = Date.parse(until) - useNow();
  const isOver = isStopped || left <= 0;
  return (
    <>
      {isOver && after !== undefined ? (
        after
      ) : (
        <Tooltip label={<span translate="no">{formatAbsolute(until)}</span>}>
          <span className={classes.countdown} data-soon={left < 5 * MINUTE}>
            <span className={classes.label}>{label}</span>{' '}
            <time dateTime={until} translate="no" role="timer">
              {formatCountdown(left)}
            </time>
          </span>
        </Tooltip>
      )}
      <Spoken left={left} isStopped={isStopped} />
    </>
  );
}

/** The server may tell of the end a moment before the clock here shows it. */
const MOMENT = 5000;

function Spoken({ left, isStopped }: { left: number; isStopped: boolean }) {
  const { t } = useTranslation();
  const [words, setWords] = useState('');
  const before = useRef({ left, isStopped });
  useEffect(() => {
    const { current: was } = before;
    before.current = { left, isStopped };
    if (was.isStopped) return;
    const now = isStopped && left < MOMENT ? 0 : left;
    const passed = [10, 5, 1, 0].find(minutes => was.left > minutes * MINUTE && now <= minutes * MINUTE);
    if (passed === undefined) return;
    setWords(passed === 0 ? t('ui.ended') : t('ui.minutesLeft', { count: passed }));
  }, [left, isStopped, t]);
  return (
    <span className="visually-hidden" aria-live="polite">
      {words}
    </span>
  );
}
