import { useTranslation } from 'react-i18next';
import { endingOf } from '../dynamic-secrets/ending.ts';
import type { Row } from './use-matrix.ts';

/** What ending a lease does, said once where it is the same in all environments. */
export function Ending({ row }: { row: Row }) {
  const { t } = useTranslation();
  const found = row.cells.flatMap(({ secret, environment }) =>
    secret === undefined ? [] : [{ ending: endingOf(secret), environment }],
  );
  const isSame = new Set(found.map(({ ending }) => ending)).size === 1;
  return (isSame ? found.slice(0, 1) : found).map(({ ending, environment }) => (
    <div key={environment.id}>
      {t(`overview.endings.${ending}`)} {!isSame && <span translate="no">({environment.name})</span>}
    </div>
  ));
}
