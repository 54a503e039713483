import { Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { asApiError } from '../api/problem.ts';
import type { Lease } from '../api/schema.ts';
import { useMutationOnce } from '../app/use-mutation-once.ts';
import { formatClock } from '../time/format.ts';
import { serverNow } from '../time/server-clock.ts';
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx';
import { Notice } from '../ui/Notice.tsx';
import { tell } from '../ui/tell.ts';
import { endLease } from './end.ts';
import { outcomeWords } from './outcome.ts';

interface Props {
  lease: Lease;
  /** The slug of its project. */
  project: string;
  onClose: () => void;
  onDeleted?: () => void;
}

/** Ends a lease early. What that does to the token is said before, and afterwards only what the cluster confirmed. */
export function DeleteLeaseDialog({ lease, project, onClose, onDeleted }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const remove = useMutationOnce({
    mutationFn: () => endLease(lease, project),
    onSuccess: ended => {
      tell({
        ...outcomeWords(t, ended),
        autoClose: 12_000,
      });
      onClose();
      onDeleted?.();
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['leases'] }),
  });
  const isRevoked = lease.endsWhen === 'deleted';
  const until = formatClock(lease.tokenExpiresAt ?? lease.expireAt, serverNow());
  return (
    <ConfirmDialog
      title={t('leases.deleteTitle')}
      act={isRevoked ? t('leases.deleteAndRevoke') : t('leases.delete')}
      isBusy={remove.isPending}
      onAct={() => remove.mutate()}
      onClose={onClose}
    >
      <Text size="sm">
        <span translate="no">{`${lease.namespace}/${lease.serviceAccountName} · ${lease.holder.name}`}</span>
      </Text>
      <Notice tone={isRevoked ? 'plain' : 'warn'}>
        {isRevoked ? t('leases.willRevoke') : t('leases.willLive', { until })}
      </Notice>
      {isRevoked && (
        <Text size="sm" c="dimmed">
          {t('leases.openConnections')}
        </Text>
      )}
      {remove.error !== null && <Notice tone="bad">{asApiError(remove.error).message}</Notice>}
    </ConfirmDialog>
  );
}
