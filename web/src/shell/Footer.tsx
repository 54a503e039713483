import { Button } from '@mantine/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { statusQuery } from '../session/queries.ts';
import { useClock, zoneOfBrowser } from '../time/zone.ts';
import classes from './Shell.module.css';
import { SyncStatus } from './SyncStatus.tsx';

/** Help stands here on every page, at the same place. */
export function Footer({ onKeys }: { onKeys: () => void }) {
  const { t } = useTranslation();
  const { zone } = useClock();
  const { data: status } = useSuspenseQuery(statusQuery);
  return (
    <footer className={classes.footer}>
      <Button variant="subtle" size="compact-sm" onClick={onKeys}>
        {t('shell.keys')}
      </Button>
      <SyncStatus />
      <span>
        {t('shell.zone')}{' '}
        <Link to="/settings/$section" params={{ section: 'appearance' }} translate="no">
          {zone ?? zoneOfBrowser()}
        </Link>
      </span>
      <span translate="no">Mayfly {status.version}</span>
      {status.isHeld && <strong>{t('shell.held')}</strong>}
    </footer>
  );
}
