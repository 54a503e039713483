import { Button } from '@mantine/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { statusQuery } from '../session/queries.ts';
import classes from './Shell.module.css';

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Help stands here on every page, at the same place. */
export function Footer({ onKeys }: { onKeys: () => void }) {
  const { t } = useTranslation();
  const { data: status } = useSuspenseQuery(statusQuery);
  return (
    <footer className={classes.footer}>
      <Button variant="subtle" size="compact-sm" onClick={onKeys}>
        {t('shell.keys')}
      </Button>
      <span>
        {t('shell.zone')} <span translate="no">{zone}</span>
      </span>
      <span translate="no">Mayfly {status.version}</span>
      {status.isHeld && <strong>{t('shell.held')}</strong>}
    </footer>
  );
}
