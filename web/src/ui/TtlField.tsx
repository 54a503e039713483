import { Button, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useKeys } from '../keys/use-key.ts';
import { formatDuration, parseDuration } from '../time/duration.ts';
import { formatClock } from '../time/format.ts';
import { useNow } from '../time/use-now.ts';
import classes from './TtlField.module.css';

export interface Bounds {
  least: number;
  /** Null where only the server knows. */
  most: number | null;
}

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  bounds: Bounds;
  /** What is chosen unless somebody chooses otherwise, in seconds. */
  usual: number;
  error?: string | undefined;
}

const OFFERED = [600, 1800, 3600, 14_400, 28_800];

/** A lifetime within bounds: a few to pick, or any to type, and when it would end. */
export function TtlField({ label, value, onChange, bounds, usual, error }: Props) {
  const { t } = useTranslation();
  const now = useNow();
  const most = bounds.most ?? Number.POSITIVE_INFINITY;
  const offered = [...new Set([...OFFERED, usual, ...(bounds.most === null ? [] : [bounds.most])])]
    .filter(seconds => seconds >= bounds.least && seconds <= most)
    .sort((a, b) => a - b)
    .slice(0, 7);
  const chosen = parseDuration(value);
  const byDigit = offered
    .slice(0, 5)
    .map((seconds, index) => [String(index + 1), () => onChange(formatDuration(seconds))]);
  useKeys(Object.fromEntries(byDigit), 'dialog');
  const least = formatDuration(bounds.least);
  const range =
    bounds.most === null
      ? t('ui.ttlLeast', { least })
      : t('ui.ttlRange', { least, most: formatDuration(bounds.most) });
  return (
    <div>
      <TextInput
        label={label}
        value={value}
        onChange={event => onChange(event.currentTarget.value)}
        error={error}
        description={range}
        autoComplete="off"
        spellCheck={false}
      />
      <fieldset className={classes.offered}>
        <legend className="visually-hidden">{t('ui.ttlOffered')}</legend>
        {offered.map((seconds, index) => (
          <Button
            key={seconds}
            size="compact-sm"
            variant={seconds === chosen ? 'filled' : 'default'}
            aria-pressed={seconds === chosen}
            {...(index < 5 ? { 'aria-keyshortcuts': String(index + 1) } : {})}
            onClick={() => onChange(formatDuration(seconds))}
            translate="no"
          >
            {formatDuration(seconds)}
          </Button>
        ))}
        {chosen !== null && error === undefined && (
          <span className={classes.end}>
            {t('ui.ttlEnds')} <span translate="no">{formatClock(now + chosen * 1000, now)}</span>
          </span>
        )}
      </fieldset>
    </div>
  );
}
