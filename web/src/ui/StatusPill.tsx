import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleOff,
  IconClockHour4,
  type TablerIcon,
} from '@tabler/icons-react';
import classes from './StatusPill.module.css';

export type Tone = 'good' | 'warn' | 'bad' | 'plain' | 'waiting';

const ICONS: Record<Tone, TablerIcon> = {
  good: IconCircleCheck,
  warn: IconClockHour4,
  bad: IconAlertTriangle,
  plain: IconCircleOff,
  waiting: IconCircleDashed,
};

/** A state: a shape, a word and a colour, so that none of them is needed alone. */
export function StatusPill({ tone, label }: { tone: Tone; label: string }) {
  const Icon = ICONS[tone];
  return (
    <span className={classes.pill} data-tone={tone}>
      <Icon size={15} aria-hidden="true" className={classes.icon} />
      {label}
    </span>
  );
}
