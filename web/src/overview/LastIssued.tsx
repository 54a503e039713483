import { useTranslation } from 'react-i18next';
import type { Lease } from '../api/schema.ts';
import { Moment } from '../ui/Moment.tsx';
import { lastOf } from './last-issued.ts';
import classes from './OverviewPage.module.css';
import type { Row } from './use-matrix.ts';

/** When a token was issued last, and to whom, as far as the caller sees leases. */
export function LastIssued({ row, issued }: { row: Row; issued: ReadonlyMap<string, Lease> }) {
  const { t } = useTranslation();
  const last = lastOf(row.cells.map(({ secret }) => issued.get(secret?.id ?? '')));
  if (last === undefined) return <span className={classes.quiet}>{t('matrix.never')}</span>;
  return (
    <>
      <Moment at={last.createdAt} /> <span translate="no">{last.holder.name}</span>
    </>
  );
}
