import { Button, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useBlocker } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Lease } from '../api/schema.ts';
import { DeleteLeaseDialog } from '../leases/DeleteLeaseDialog.tsx';
import { leaseQuery } from '../leases/lease.ts';
import { outcomeWords } from '../leases/outcome.ts';
import type { Place } from '../leases/queries.ts';
import { canEnd } from '../leases/standing.ts';
import { formatDuration } from '../time/duration.ts';
import { useNow } from '../time/use-now.ts';
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx';
import { Countdown } from '../ui/Countdown.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Notice } from '../ui/Notice.tsx';
import { ClaimList } from './ClaimList.tsx';
import { Ended } from './Ended.tsx';
import type { Issued } from './issue.ts';
import { SecretValue } from './SecretValue.tsx';
import { TokenUses } from './TokenUses.tsx';

interface Props {
  issued: Issued;
  place: Place;
  /** The lease is over, and the token to be forgotten. */
  onOver: () => void;
  onClose: () => void;
}

/**
 * Hands a token over, once. It lives in the state of whoever opened this and nowhere else: not in the cache of queries,
 * not in storage, not in the address. Closing, leaving and its own end drop it.
 */
export function RevealDialog({ issued, place, onOver, onClose }: Props) {
  const { t } = useTranslation();
  const { lease, token } = issued;
  const [isTaken, setIsTaken] = useState(false);
  const [asks, setAsks] = useState<'leave' | 'delete' | null>(null);
  const now = useNow();
  // Somebody else may end it meanwhile, which is a change and told.
  const { data: known = lease } = useQuery(leaseQuery(place.projectSlug, lease.id));
  const isOver = token === '' || !canEnd(known, now);
  useEffect(() => {
    if (isOver) onOver();
  }, [isOver, onOver]);
  useDropped(onClose);
  useBlocker({
    shouldBlockFn: ({ current, next }) => {
      const isLeaving = !isTaken && !isOver && current.pathname !== next.pathname;
      if (isLeaving) setAsks('leave');
      return isLeaving;
    },
    enableBeforeUnload: () => !isTaken && !isOver,
  });

  function close() {
    if (isTaken || isOver) onClose();
    else setAsks('leave');
  }

  const take = () => setIsTaken(true);
  return (
    <>
      <Dialog
        size="lg"
        title={
          <>
            {t('token.title')} <span translate="no">{issued.name}</span>
          </>
        }
        onClose={close}
        isHeld
      >
        <Stack gap="md">
          <Group justify="space-between" gap="xs">
            <Text size="sm" c="dimmed">
              {t('token.once')}
            </Text>
            {!isOver && <Countdown until={lease.expireAt} label={t('token.endsIn')} />}
          </Group>
          {isOver ? (
            <Ended lease={known} name={issued.name} place={place} onClose={onClose} />
          ) : (
            <>
              <SecretValue label={t('token.label')} value={token} onTaken={take} />
              <TokenUses name={issued.name} place={place} lease={lease} token={token} onTaken={take} />
              <Proof issued={issued} />
              <ClaimList token={token} />
            </>
          )}
          <Group justify={isOver ? 'flex-end' : 'space-between'} gap="sm">
            {!isOver && (
              <Button variant="subtle" color="red" onClick={() => setAsks('delete')}>
                {t('token.delete')}
              </Button>
            )}
            <Button onClick={close}>{t('token.done')}</Button>
          </Group>
        </Stack>
      </Dialog>
      {asks === 'leave' && (
        <ConfirmDialog
          title={t('token.leaveTitle')}
          act={t('token.leave')}
          onAct={onClose}
          onClose={() => setAsks(null)}
        >
          <Text size="sm">{t('token.leaveWhy')}</Text>
        </ConfirmDialog>
      )}
      {asks === 'delete' && (
        <DeleteLeaseDialog
          lease={lease}
          project={place.projectSlug}
          onClose={() => setAsks(null)}
          onDeleted={onClose}
        />
      )}
    </>
  );
}

/** What is known of the token beyond itself. */
function Proof({ issued }: { issued: Issued }) {
  const { t } = useTranslation();
  const { lease, askedSeconds, isVerified, replaced } = issued;
  return (
    <>
      {isVerified && <Notice tone="good">{t('token.verified')}</Notice>}
      {askedSeconds !== null && <Lifetimes asked={askedSeconds} lease={lease} />}
      {replaced !== null && <Replaced lease={replaced} />}
      {lease.roleChanged === true && <Notice tone="warn">{t('token.roleChanged')}</Notice>}
    </>
  );
}

/** What was asked for, and what the token has. The cluster counts in whole seconds and began a moment after us. */
function Lifetimes({ asked, lease }: { asked: number; lease: Lease }) {
  const { t } = useTranslation();
  const granted = Math.round((Date.parse(lease.expireAt) - Date.parse(lease.createdAt)) / 1000);
  const isShorter = granted < asked - 10;
  const words = { asked: formatDuration(asked), granted: formatDuration(granted) };
  return (
    <Notice tone={isShorter ? 'warn' : 'plain'}>
      {t(isShorter ? 'token.shorter' : 'token.granted', words)}
    </Notice>
  );
}

/** What became of the lease whose place this one took. */
function Replaced({ lease }: { lease: Lease }) {
  const { t } = useTranslation();
  const { title, message } = outcomeWords(t, lease);
  return (
    <Notice tone="plain">
      {t('token.replaced')} <span translate="no">{`${lease.namespace}/${lease.serviceAccountName}`}</span>{' '}
      {title}. {message}
    </Notice>
  );
}

/** Leaving the page for good drops the token, so that coming back by the browser's memory shows none. */
function useDropped(drop: () => void) {
  useEffect(() => {
    addEventListener('pagehide', drop);
    return () => removeEventListener('pagehide', drop);
  }, [drop]);
}
