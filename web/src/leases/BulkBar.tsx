import { Button, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asApiError } from '../api/problem.ts';
import type { Lease } from '../api/schema.ts';
import { serverNow } from '../time/server-clock.ts';
import { useNow } from '../time/use-now.ts';
import { tell } from '../ui/tell.ts';
import type { Chosen } from './chosen.ts';
import type { Filter } from './filter.ts';
import { readAll, totalQuery } from './history.ts';
import { canEnd } from './standing.ts';

const EndChosenDialog = lazy(async () => ({
  default: (await import('./EndChosenDialog.tsx')).EndChosenDialog,
}));

interface Props {
  /** What is live of what is shown, on all pages; null where there is nothing to choose from. */
  live: Filter | null;
  chosen: Chosen;
  onChoose: (chosen: Chosen) => void;
  /** The slug of a lease's project. */
  slugOf: (lease: Lease) => string;
}

/**
 * Chooses what is live on all pages, and ends what is chosen: the count before is of exactly those. It stays while it tells what
 * became of them, also when that leaves the list empty.
 */
export function BulkBar({ live, chosen, onChoose, slugOf }: Props) {
  const { t } = useTranslation();
  const now = useNow();
  const [isEnding, setIsEnding] = useState(false);
  const endable = [...chosen.values()].filter(lease => canEnd(lease, now));
  const drop = () => onChoose(new Map());
  if (live === null && endable.length === 0 && !isEnding) return null;
  return (
    <Group gap="sm" mb="md" mih={36}>
      {live !== null && <ChooseAll live={live} onChoose={onChoose} />}
      {endable.length > 0 && (
        <>
          <Button color="red" onClick={() => setIsEnding(true)}>
            {t('leases.deleteThese', { count: endable.length })}
          </Button>
          <Button variant="subtle" onClick={drop}>
            {t('leases.chooseNone')}
          </Button>
        </>
      )}
      {isEnding && (
        <Suspense>
          <EndChosenDialog
            chosen={endable.map(lease => ({ lease, project: slugOf(lease) }))}
            onClose={() => {
              setIsEnding(false);
              drop();
            }}
          />
        </Suspense>
      )}
    </Group>
  );
}

function ChooseAll({ live, onChoose }: { live: Filter; onChoose: (chosen: Chosen) => void }) {
  const { t } = useTranslation();
  const { data: count } = useQuery(totalQuery(live));
  const [isReading, setIsReading] = useState(false);

  async function chooseAll() {
    setIsReading(true);
    try {
      const leases = (await readAll(live)).filter(lease => canEnd(lease, serverNow()));
      onChoose(new Map(leases.map(lease => [lease.id, lease])));
    } catch (failure) {
      tell({ message: asApiError(failure).message, color: 'red' });
    } finally {
      setIsReading(false);
    }
  }

  return (
    <Button variant="default" onClick={chooseAll} disabled={count === 0} loading={isReading}>
      {t('leases.chooseAll', { count: count ?? 0 })}
    </Button>
  );
}
