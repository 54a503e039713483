import { Button, Group, Progress, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../ui/Dialog.tsx';
import { Notice } from '../ui/Notice.tsx';
import { useOnce } from '../ui/use-once.ts';
import { type Chosen, type Ended, endChosen } from './end-chosen.ts';
import { outcomeWords } from './outcome.ts';

interface Props {
  /** As they are when the dialog opens; what ends meanwhile stays among them. */
  chosen: Chosen[];
  onClose: () => void;
}

/** Ends several leases: what that does to their tokens is counted before, and afterwards each is told of. */
export function EndChosenDialog({ chosen: chosenNow, onClose }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [chosen] = useState(chosenNow);
  const [ended, setEnded] = useState<Ended[] | null>(null);
  const { once } = useOnce();
  const revoked = chosen.filter(({ lease }) => lease.endsWhen === 'deleted').length;
  const isDone = ended !== null && ended.length === chosen.length;

  async function begin() {
    setEnded([]);
    await endChosen(chosen, { notYours: t('leases.notYours') }, one =>
      setEnded(before => [...(before ?? []), one]),
    );
    await client.invalidateQueries({ queryKey: ['leases'] });
  }

  return (
    <Dialog
      title={t('leases.deleteMany', { count: chosen.length })}
      onClose={onClose}
      isBusy={ended !== null && !isDone}
    >
      <Stack gap="md">
        {revoked > 0 && <Notice tone="plain">{t('leases.manyRevoked', { count: revoked })}</Notice>}
        {revoked < chosen.length && (
          <Notice tone="warn">{t('leases.manyLive', { count: chosen.length - revoked })}</Notice>
        )}
        {ended !== null && <Course ended={ended} total={chosen.length} />}
        <Group justify="flex-end" gap="sm">
          {isDone ? (
            <Button onClick={onClose} data-autofocus>
              {t('token.done')}
            </Button>
          ) : (
            <>
              <Button variant="default" onClick={onClose} disabled={ended !== null} data-autofocus>
                {t('ui.cancel')}
              </Button>
              <Button color="red" onClick={() => void once(begin)} loading={ended !== null}>
                {t('leases.deleteThese', { count: chosen.length })}
              </Button>
            </>
          )}
        </Group>
      </Stack>
    </Dialog>
  );
}

/** How far it is, and what became of those that are done. */
function Course({ ended, total }: { ended: Ended[]; total: number }) {
  const { t } = useTranslation();
  const refused = ended.filter(one => one.isRefused);
  const done = new Map<string, number>();
  for (const one of ended) {
    if (one.isRefused) continue;
    const { title } = outcomeWords(t, one.lease);
    done.set(title, (done.get(title) ?? 0) + 1);
  }
  return (
    <Stack gap="xs">
      <Progress value={(ended.length / total) * 100} aria-label={t('leases.progress')} />
      <Text size="sm" role="status">
        {t('leases.progressOf', { done: ended.length, count: total })}
      </Text>
      <ul>
        {[...done].map(([title, count]) => (
          <li key={title}>
            {title}: <span translate="no">{count}</span>
          </li>
        ))}
        {refused.map(({ lease, why }) => (
          <li key={lease.id}>
            {t('leases.refused')}{' '}
            <span translate="no">{`${lease.holder.name} · ${lease.serviceAccountName}: ${why}`}</span>
          </li>
        ))}
      </ul>
    </Stack>
  );
}
