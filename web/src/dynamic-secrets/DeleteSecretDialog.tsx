import { Radio, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import type { DynamicSecret, Lease } from '../api/schema.ts';
import { useMutationOnce } from '../app/use-mutation-once.ts';
import { liveOfSecretQuery, type Place } from '../leases/queries.ts';
import { canEnd } from '../leases/standing.ts';
import { formatRelative } from '../time/format.ts';
import { serverNow } from '../time/server-clock.ts';
import { useNow } from '../time/use-now.ts';
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx';
import { Failure } from '../ui/Failure.tsx';
import classes from './DeleteSecretDialog.module.css';
import { endingOf } from './ending.ts';

interface Props {
  secret: DynamicSecret;
  place: Place;
  onClose: () => void;
  onDeleted: () => void;
}

/** Deletes a dynamic secret. Where leases are live, their fate is chosen and not assumed. */
export function DeleteSecretDialog({ secret, place, onClose, onDeleted }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const leases = useQuery(liveOfSecretQuery(place, secret.name));
  const live = leases.data?.filter(lease => canEnd(lease, serverNow())) ?? [];
  const count = live.length;
  const [fate, setFate] = useState<string | null>(null);
  const remove = useMutationOnce({
    mutationFn: () => {
      const params = { path: { name: secret.name } };
      // Without a choice it is refused if somebody issued a lease meanwhile.
      return body(
        api.DELETE('/api/v1/dynamic-secrets/{name}', {
          params,
          body: { ...place, leases: fate ?? 'refuse' },
        }),
      );
    },
    onSuccess: async () => {
      // Where it leads asks anew; what is still open of it would only hear that it is gone.
      const queryKey = ['dynamic-secrets', place.projectSlug];
      await client.invalidateQueries({ queryKey, refetchType: 'none' });
      onDeleted();
    },
  });
  return (
    <ConfirmDialog
      title={t('form.deleteTitle')}
      act={t('form.delete')}
      isBusy={remove.isPending}
      reason={count > 0 && fate === null ? t('form.deleteLive', { count }) : null}
      onAct={() => remove.mutate()}
      onClose={onClose}
    >
      <Text size="sm">{t('form.deleteWhy')}</Text>
      {count > 0 && (
        <>
          <LiveLeases leases={live} />
          <Radio.Group label={t('form.deleteLive', { count })} value={fate} onChange={setFate}>
            <Stack gap="xs" mt={8}>
              <Radio value="end" label={t('form.leasesEnd')} />
              <Radio value="run-out" label={t('form.leasesRunOut')} />
            </Stack>
          </Radio.Group>
          <Text size="sm" c="dimmed">
            {t(`secrets.ending.${endingOf(secret)}`)}
          </Text>
        </>
      )}
      <Failure of={remove.error} />
    </ConfirmDialog>
  );
}

const NAMED = 5;

/** Who holds them and until when; of very many, the first. */
function LiveLeases({ leases }: { leases: Lease[] }) {
  const { t } = useTranslation();
  const now = useNow();
  return (
    <ul className={classes.live}>
      {leases.slice(0, NAMED).map(({ id, holder, reason, expireAt }) => (
        <li key={id}>
          <span translate="no">{[holder.name, reason].filter(Boolean).join(' · ')}</span> {t('leases.ends')}{' '}
          <span translate="no">{formatRelative(expireAt, now)}</span>
        </li>
      ))}
      {leases.length > NAMED && <li>{t('form.deleteMore', { count: leases.length - NAMED })}</li>}
    </ul>
  );
}
