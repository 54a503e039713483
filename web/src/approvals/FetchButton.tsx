import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import { asApiError } from '../api/problem.ts';
import type { ApprovalRequest } from '../api/schema.ts';
import { parseDuration } from '../time/duration.ts';
import { fromAnswer, type Issued } from '../token/issue.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { tell } from '../ui/tell.ts';
import { useOnce } from '../ui/use-once.ts';
import { readWish } from './wish.ts';

interface Props {
  request: ApprovalRequest;
  scope: { projectId: string };
  onFetched: (issued: Issued) => void;
}

/** Takes the token that others agreed to: once, and only by whoever asked. Like `issue`, no mutation that would remember it. */
export function FetchButton({ request, scope, onFetched }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { isBusy, once } = useOnce();
  const wish = readWish(request.wish);
  if (wish.kind !== 'lease') return null;
  const asked = parseDuration(wish.ttl);

  async function take() {
    try {
      const params = { path: { ...scope, requestId: request.id } };
      const path = '/api/v1/projects/{projectId}/approval-requests/{requestId}/lease';
      onFetched(fromAnswer(await body(api.POST(path, { params })), false, asked));
    } catch (thrown) {
      tell({ color: 'red', message: asApiError(thrown).message });
    } finally {
      void client.invalidateQueries({ queryKey: ['approvals'] });
    }
  }

  return (
    <ActionButton size="compact-sm" onClick={() => once(take)} loading={isBusy}>
      {t('approvals.fetch')}
    </ActionButton>
  );
}
