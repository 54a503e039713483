import { Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ApprovalRequest } from '../api/schema.ts';
import { useMutationOnce } from '../app/use-mutation-once.ts';
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx';
import { Failure } from '../ui/Failure.tsx';
import { decide, type Scope } from './queries.ts';
import { WishWords } from './WishWords.tsx';
import { readWish } from './wish.ts';

interface Props {
  request: ApprovalRequest;
  scope: Scope;
  act: 'approve' | 'deny';
  onClose: () => void;
}

export function DecideDialog({ request, scope, act, onClose }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [words, setWords] = useState('');
  const isDenial = act === 'deny';
  const decision = useMutationOnce({
    mutationFn: () =>
      decide(
        scope,
        request.id,
        isDenial ? { kind: 'deny', reason: words } : { kind: 'approve', comment: words },
      ),
    onSuccess: onClose,
    onSettled: () => client.invalidateQueries({ queryKey: ['approvals'] }),
  });
  return (
    <ConfirmDialog
      title={t(isDenial ? 'approvals.denyTitle' : 'approvals.approveTitle')}
      act={t(isDenial ? 'approvals.deny' : 'approvals.approve')}
      isDanger={isDenial}
      isBusy={decision.isPending}
      reason={isDenial && words.trim() === '' ? t('approvals.denyNeedsReason') : null}
      onAct={() => decision.mutate()}
      onClose={onClose}
    >
      <Text size="sm">
        <span translate="no">{request.requester.name}: </span>
        <WishWords wish={readWish(request.wish)} />
      </Text>
      <TextInput
        label={t(isDenial ? 'leases.reason' : 'approvals.comment')}
        description={t(isDenial ? 'approvals.denyHelp' : 'approvals.approveHelp')}
        value={words}
        onChange={event => setWords(event.currentTarget.value)}
        required={isDenial}
      />
      <Failure of={decision.error} />
    </ConfirmDialog>
  );
}
