import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import type { ClientSecretData } from '../api/schema.ts';
import { useAct } from '../app/use-act.ts';
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx';
import { Failure } from '../ui/Failure.tsx';
import { clientSecretsQuery } from './queries.ts';

interface Props {
  identityId: string;
  secret: ClientSecretData;
  onClose: () => void;
}

/** Takes a client secret back for good, once it is said what goes on all the same. */
export function RevokeClientSecretDialog({ identityId, secret, onClose }: Props) {
  const { t } = useTranslation();
  const revoke = useAct(
    () => {
      const params = { path: { identityId, clientSecretId: secret.id } };
      const base = '/api/v1/auth/universal-auth/identities/{identityId}/client-secrets';
      return body(api.POST(`${base}/{clientSecretId}/revoke`, { params }));
    },
    clientSecretsQuery(identityId).queryKey,
    onClose,
  );
  return (
    <ConfirmDialog
      title={t('access.revokeTitle')}
      act={t('access.revokeSecret')}
      isBusy={revoke.isPending}
      onAct={() => revoke.mutate()}
      onClose={onClose}
    >
      <Text size="sm">
        {t('access.revokeWhy')}{' '}
        <strong translate="no">
          {[secret.clientSecretPrefix, secret.description].filter(Boolean).join(' · ')}
        </strong>
      </Text>
      <Text size="sm">{t('access.revokeLivesOn')}</Text>
      <Failure of={revoke.error} />
    </ConfirmDialog>
  );
}
