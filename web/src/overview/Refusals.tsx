import { useTranslation } from 'react-i18next';
import { Notice } from '../ui/Notice.tsx';
import type { Refusal } from './in-each.ts';

/** Where something was not done, and why. */
export function Refusals({ of }: { of: Refusal[] }) {
  const { t } = useTranslation();
  return of.map(({ where, why }) => (
    <Notice key={where} tone="bad">
      {t('matrix.partly', { environment: where, why })}
    </Notice>
  ));
}
