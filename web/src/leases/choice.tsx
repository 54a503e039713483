import { Checkbox } from '@mantine/core';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Lease } from '../api/schema.ts';
import { useWithTime } from '../time/use-now.ts';
import type { Column } from '../ui/DataTable.tsx';
import { canEnd } from './standing.ts';

/** Which leases are chosen, for something to be done with all of them. */
export interface Selection {
  ids: { has: (id: string) => boolean };
  toggle: (lease: Lease) => void;
}

/** The column in which leases are chosen. */
export function choiceColumn(t: TFunction, { ids, toggle }: Selection): Column<Lease> {
  return {
    key: 'choice',
    header: t('leases.choose'),
    isQuiet: true,
    width: 'tiny',
    cell: lease => <Choice lease={lease} isChosen={ids.has(lease.id)} onToggle={() => toggle(lease)} />,
  };
}

/** Only what can be ended can be chosen. */
function Choice({ lease, isChosen, onToggle }: { lease: Lease; isChosen: boolean; onToggle: () => void }) {
  const { t } = useTranslation();
  const isLive = useWithTime(now => canEnd(lease, now));
  if (!isLive) return null;
  return (
    <Checkbox
      checked={isChosen}
      onChange={onToggle}
      data-key="x"
      aria-label={t('leases.chooseOne', { holder: lease.holder.name, account: lease.serviceAccountName })}
    />
  );
}
