import { Tooltip } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatCountdown } from '../time/duration.ts';
import { formatAbsolute } from '../time/format.ts';
import { useNow } from '../time/use-now.ts';
import classes from './Countdown.module.css';

const MINUTE = 60_000;

/** What is left, on the server's time. It is spoken at ten, five and one minute and at the end, and never in between. */
export function Countdown({ until, label }: { until: string; label: string }) {
  const left = Date.parse(until) - useNow();
  return (
    <Tooltip label={<span translate="no">{formatAbsolute(until)}</span>}>
      <span className={classes.countdown} data-soon={left < 5 * MINUTE}>
        <span className={classes.label}>{label}</span>{' '}
        <time dateTime={until} translate="no" role="timer">
          {formatCountdown(left)}
        </time>
        <Spoken left={left} />
      </span>
    </Tooltip>
  );
}

function Spoken({ left }: { left: number }) {
  const { t } = useTranslation();
  const [words, setWords] = useState('');
  const before = useRef(left);
  useEffect(() => {
    const passed = [10, 5, 1, 0].find(
      minutes => before.current > minutes * MINUTE && left <= minutes * MINUTE,
    );
    before.current = left;
    if (passed === 0) setWords(t('ui.ended'));
    else if (passed !== undefined) setWords(t('ui.minutesLeft', { count: passed }));
  }, [left, t]);
  return (
    <span className="visually-hidden" aria-live="polite">
      {words}
    </span>
  );
}
