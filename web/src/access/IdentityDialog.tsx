import { Text } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import type { IdentitySummary } from '../api/schema.ts';
import { useAct } from '../app/use-act.ts';
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx';
import { Failure } from '../ui/Failure.tsx';
import { type Fate, LeasesChoice } from './LeasesChoice.tsx';

export type IdentityAct = 'enable' | 'disable' | 'remove';

interface Props {
  act: IdentityAct;
  identity: IdentitySummary;
  onClose: () => void;
}

/** Shuts a machine out, lets it in again, or removes it; what becomes of its live leases is chosen. */
export function IdentityDialog({ act, identity, onClose }: Props) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [fate, setFate] = useState<Fate>('end');
  const params = { path: { identityId: identity.id } };
  const path = '/api/v1/identities/{identityId}';
  const save = useAct(async () => {
    if (act === 'remove') {
      await body(api.DELETE(path, { params, body: { leases: fate } }));
      await navigate({ to: '/access/$tab', params: { tab: 'identities' } });
      return;
    }
    const isDisabled = act === 'disable';
    await body(api.PATCH(path, { params, body: { isDisabled, ...(isDisabled ? { leases: fate } : {}) } }));
    onClose();
  }, ['identities']);
  return (
    <ConfirmDialog
      title={t(`access.${act}IdentityTitle`)}
      act={t(`access.${act}`)}
      isDanger={act !== 'enable'}
      isBusy={save.isPending}
      onAct={() => save.mutate()}
      onClose={onClose}
    >
      <Text size="sm">
        {t(`access.${act}IdentityWhy`)} <strong translate="no">{identity.name}</strong>
      </Text>
      {act !== 'enable' && <LeasesChoice value={fate} onChange={setFate} />}
      <Failure of={save.error} />
    </ConfirmDialog>
  );
}
