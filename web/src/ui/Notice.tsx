import { IconAlertTriangle, IconCircleCheck, IconInfoCircle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import classes from './Notice.module.css';

type Tone = 'plain' | 'good' | 'warn' | 'bad';

const ICONS = {
  plain: IconInfoCircle,
  good: IconCircleCheck,
  warn: IconAlertTriangle,
  bad: IconAlertTriangle,
};

/** Something to know before going on. Only what is wrong interrupts a screen reader. */
export function Notice({ tone, children }: { tone: Tone; children: ReactNode }) {
  const Icon = ICONS[tone];
  return (
    <div className={classes.notice} data-tone={tone} role={tone === 'bad' ? 'alert' : undefined}>
      <Icon size={18} aria-hidden="true" className={classes.icon} />
      <div className={classes.words}>{children}</div>
    </div>
  );
}
