import { Skeleton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import classes from './Waiting.module.css';

/** The shape of what is coming. The router shows it after 150 ms and keeps it for 300, so that nothing flickers. */
export function Waiting({ rows = 6 }: { rows?: number }) {
  const { t } = useTranslation();
  return (
    <div className={classes.waiting} role="status" data-waiting>
      <span className="visually-hidden">{t('state.loading')}</span>
      <Skeleton height={32} width="40%" />
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all the same
        <Skeleton key={row} height={44} />
      ))}
    </div>
  );
}
