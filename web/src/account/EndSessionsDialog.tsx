import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import type { Session } from '../api/schema.ts';
import { useAct } from '../app/use-act.ts';
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx';
import { Failure } from '../ui/Failure.tsx';
import { sessionsQuery } from './queries.ts';

interface Props {
  /** One of them, or all but the one that is used here. */
  session: Session | 'others';
  onClose: () => void;
}

/** Signs out elsewhere, once it is said what that ends and what not. */
export function EndSessionsDialog({ session, onClose }: Props) {
  const { t } = useTranslation();
  const isAll = session === 'others';
  const end = useAct(
    () => {
      if (isAll) return body(api.POST('/api/v1/auth/sessions/end-others'));
      const params = { path: { sessionId: session.id } };
      return body(api.DELETE('/api/v1/auth/sessions/{sessionId}', { params }));
    },
    sessionsQuery.queryKey,
    onClose,
  );
  return (
    <ConfirmDialog
      title={t(isAll ? 'account.endOthersTitle' : 'account.endOneTitle')}
      act={t(isAll ? 'account.endOthers' : 'session.signOut')}
      isBusy={end.isPending}
      onAct={() => end.mutate()}
      onClose={onClose}
    >
      <Text size="sm">
        {t(isAll ? 'account.endOthersWhy' : 'account.endOneWhy')}{' '}
        {!isAll && <strong translate="no">{session.userAgent || session.ipAddress}</strong>}
      </Text>
      <Text size="sm">{t('account.leasesGoOn')}</Text>
      <Failure of={end.error} />
    </ConfirmDialog>
  );
}
