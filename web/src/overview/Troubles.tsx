import { useTranslation } from 'react-i18next';
import { asApiError } from '../api/problem.ts';
import { Notice } from '../ui/Notice.tsx';
import type { Matrix } from './use-matrix.ts';

/** Which environments could not be read. One that is not for the caller to see is no fault. */
export function Troubles({ of }: { of: Matrix['troubles'] }) {
  const { t } = useTranslation();
  return of.map(({ environment, failure, isLocked }) => (
    <Notice key={environment.id} tone={isLocked ? 'plain' : 'bad'}>
      {t(isLocked ? 'matrix.lockedWhy' : 'overview.broken')}{' '}
      <span translate="no">{`${environment.name}: ${asApiError(failure).message}`}</span>
    </Notice>
  ));
}
