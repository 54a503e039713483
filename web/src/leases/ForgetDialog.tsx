import { Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import type { Lease } from '../api/schema.ts';
import { useAct } from '../app/use-act.ts';
import { formatClock } from '../time/format.ts';
import { serverNow } from '../time/server-clock.ts';
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx';
import { Failure } from '../ui/Failure.tsx';
import { Notice } from '../ui/Notice.tsx';
import { Snippet } from '../ui/Snippet.tsx';
import { commandsFor } from './course.ts';

interface Props {
  lease: Lease;
  project: string;
  /** What stays in the cluster. */
  left: string[];
  onClose: () => void;
}

/** Gives up on removing what was made for a lease. It takes our record away and nothing else, and is in the audit log for ever. */
export function ForgetDialog({ lease, project, left, onClose }: Props) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const [reason, setReason] = useState('');
  const account = lease.serviceAccountName;
  const forget = useAct(
    () => {
      const params = { path: { leaseId: lease.id } };
      return body(
        api.POST('/api/v1/leases/{leaseId}/forget', { params, body: { projectSlug: project, reason } }),
      );
    },
    ['leases'],
    onClose,
  );
  const until = formatClock(lease.tokenExpiresAt ?? lease.expireAt, serverNow());

  function missing(): string | null {
    if (name.trim() !== account) return t('leaseList.typeName', { name: account });
    return reason.trim() === '' ? t('leaseList.forgetReason') : null;
  }

  return (
    <ConfirmDialog
      title={t('leaseList.forgetTitle')}
      act={t('leaseList.forget')}
      reason={missing()}
      isBusy={forget.isPending}
      onAct={() => forget.mutate()}
      onClose={onClose}
    >
      <Notice tone="warn">{t('leaseList.forgetWhy', { until })}</Notice>
      {left.length > 0 && (
        <>
          <Text size="sm">{t('leaseList.forgetLeaves')}</Text>
          <Snippet label={t('leaseList.byHand')} text={commandsFor(left)} />
        </>
      )}
      <TextInput
        label={t('leaseList.typeName', { name: account })}
        value={name}
        onChange={event => setName(event.currentTarget.value)}
        autoComplete="off"
        spellCheck={false}
      />
      <TextInput
        label={t('leases.reason')}
        description={t('secrets.reasonHelp')}
        value={reason}
        onChange={event => setReason(event.currentTarget.value)}
        maxLength={1024}
        required
      />
      <Failure of={forget.error} />
    </ConfirmDialog>
  );
}
