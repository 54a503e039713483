import { Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import { asApiError } from '../api/problem.ts';
import type { ClientSecretData } from '../api/schema.ts';
import { useAct } from '../app/use-act.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { Fact, Facts } from '../ui/Facts.tsx';
import { Failure } from '../ui/Failure.tsx';
import { FailurePanel } from '../ui/FailurePanel.tsx';
import { Panel } from '../ui/Panel.tsx';
import { Waiting } from '../ui/Waiting.tsx';
import { ClientSecretTable } from './ClientSecretTable.tsx';
import { NewClientSecretDialog } from './NewClientSecretDialog.tsx';
import { clientSecretsQuery, signInsQuery } from './queries.ts';
import { RevokeClientSecretDialog } from './RevokeClientSecretDialog.tsx';

const BASE = '/api/v1/auth/universal-auth/identities/{identityId}';

/** The client secrets by which a machine signs in, without the secrets themselves. */
export function ClientSecretsPanel({ identityId }: { identityId: string }) {
  const { t } = useTranslation();
  const query = clientSecretsQuery(identityId);
  const known = useQuery(query);
  const { data: signIns } = useQuery(signInsQuery(identityId));
  const [isMaking, setIsMaking] = useState(false);
  const params = { path: { identityId } };
  const attach = useAct(() => body(api.POST(BASE, { params, body: {} })), ['identities']);
  const [revoked, setRevoked] = useState<ClientSecretData | null>(null);
  const isOff = known.error !== null && asApiError(known.error).isNotFound;
  return (
    <Panel
      title={t('access.clientSecrets')}
      actions={
        isOff ? (
          <ActionButton variant="default" onClick={() => attach.mutate()} loading={attach.isPending}>
            {t('access.letByClientSecret')}
          </ActionButton>
        ) : (
          <ActionButton variant="default" onClick={() => setIsMaking(true)} data-key="n">
            {t('access.newClientSecret')}
          </ActionButton>
        )
      }
    >
      <Stack gap="md">
        {content()}
        <Failure of={attach.error} />
      </Stack>
      {isMaking && <NewClientSecretDialog identityId={identityId} onClose={() => setIsMaking(false)} />}
      {revoked !== null && (
        <RevokeClientSecretDialog identityId={identityId} secret={revoked} onClose={() => setRevoked(null)} />
      )}
    </Panel>
  );

  function content() {
    if (isOff) return <Text size="sm">{t('access.noClientSecrets')}</Text>;
    if (known.data === undefined && known.error !== null)
      return <FailurePanel failure={known.error} onRetry={() => void known.refetch()} />;
    if (known.data === undefined) return <Waiting rows={1} />;
    return (
      <>
        <Facts>
          <Fact name={t('access.clientId')}>
            <span className="mono" translate="no">
              {known.data.clientId}
            </span>
          </Fact>
        </Facts>
        {known.data.secrets.length > 0 && (
          <ClientSecretTable secrets={known.data.secrets} signIns={signIns} onRevoke={setRevoked} />
        )}
      </>
    );
  }
}
