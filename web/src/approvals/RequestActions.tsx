import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { asApiError } from '../api/problem.ts';
import type { ApprovalRequest } from '../api/schema.ts';
import { useMutationOnce } from '../app/use-mutation-once.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { tell } from '../ui/tell.ts';
import { decide, type Scope } from './queries.ts';

interface Props {
  request: ApprovalRequest;
  scope: Scope;
  isOwn: boolean;
  onDecide: (act: 'approve' | 'deny') => void;
}

/** What can be done with a request that waits. Nobody agrees to what they asked for themselves. */
export function RequestActions({ request, scope, isOwn, onDecide }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const cancel = useMutationOnce({
    mutationFn: () => decide(scope, request.id, { kind: 'cancel' }),
    onError: failure => tell({ color: 'red', message: asApiError(failure).message }),
    onSettled: () => client.invalidateQueries({ queryKey: ['approvals'] }),
  });
  if (request.state !== 'pending') return null;
  const reason = isOwn ? t('approvals.notOwn') : null;
  return (
    <>
      <ActionButton size="compact-sm" reason={reason} onClick={() => onDecide('approve')}>
        {t('approvals.approve')}
      </ActionButton>
      <ActionButton size="compact-sm" variant="default" reason={reason} onClick={() => onDecide('deny')}>
        {t('approvals.deny')}
      </ActionButton>
      {isOwn && (
        <ActionButton
          size="compact-sm"
          variant="default"
          onClick={() => cancel.mutate()}
          loading={cancel.isPending}
        >
          {t('approvals.cancel')}
        </ActionButton>
      )}
    </>
  );
}
