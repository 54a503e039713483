import { useTranslation } from 'react-i18next';
import { MOST_COUNTED } from './history.ts';
import type { History } from './use-history.ts';

/** How many fit on all pages, as the server counts; where it does not, how many were read. */
export function Count({ history: { total, leases, isWhole } }: { history: History }) {
  const { t } = useTranslation();
  return <span role="status">{words()}</span>;

  function words() {
    if (total === null) return t(isWhole ? 'leases.all' : 'leases.some', { count: leases.length });
    return total >= MOST_COUNTED ? t('leaseList.most', { count: total }) : t('leases.all', { count: total });
  }
}
