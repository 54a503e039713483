import { Button, Title } from '@mantine/core';
import {
  IconAlertTriangle,
  IconFilterOff,
  IconLock,
  IconPlugConnectedX,
  IconSeedling,
  IconZoomQuestion,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './StatePanel.module.css';

export type StateKind = 'empty' | 'filtered' | 'error' | 'forbidden' | 'missing' | 'unreachable';

const ICONS = {
  empty: IconSeedling,
  filtered: IconFilterOff,
  error: IconAlertTriangle,
  forbidden: IconLock,
  missing: IconZoomQuestion,
  unreachable: IconPlugConnectedX,
};

interface Props {
  kind: StateKind;
  title: string;
  children?: ReactNode;
  /** What leads on: one action. */
  action?: ReactNode;
  onRetry?: (() => void) | undefined;
  requestId?: string | null;
  /** Whether it stands in the place of a whole page, whose heading it then has. */
  isPage?: boolean | undefined;
}

/** Why there is nothing to see here, the same way on every page, and what to do next. */
export function StatePanel({ kind, title, children, action, onRetry, requestId, isPage }: Props) {
  const { t } = useTranslation();
  const Icon = ICONS[kind];
  return (
    <section className={classes.panel} data-kind={kind} role={kind === 'empty' ? undefined : 'status'}>
      <Icon size={28} stroke={1.6} aria-hidden="true" className={classes.icon} />
      <Title order={isPage ? 1 : 2} size="h4">
        {title}
      </Title>
      {children !== undefined && <div className={classes.words}>{children}</div>}
      {action}
      {onRetry !== undefined && (
        <Button variant="default" onClick={onRetry}>
          {t('state.retry')}
        </Button>
      )}
      {requestId && (
        <p className={classes.reference}>
          {t('state.reference')} <code translate="no">{requestId}</code>
        </p>
      )}
    </section>
  );
}
