import { Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import { asApiError } from '../api/problem.ts';
import type { ClientSecretData, LoggedEvent } from '../api/schema.ts';
import { useAct } from '../app/use-act.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { type Column, DataTable } from '../ui/DataTable.tsx';
import { Fact, Facts } from '../ui/Facts.tsx';
import { Failure } from '../ui/Failure.tsx';
import { FailurePanel } from '../ui/FailurePanel.tsx';
import { Moment } from '../ui/Moment.tsx';
import { Panel } from '../ui/Panel.tsx';
import { Waiting } from '../ui/Waiting.tsx';
import { NewClientSecretDialog } from './NewClientSecretDialog.tsx';
import { clientSecretsQuery, signInsQuery } from './queries.ts';
import { RevokeClientSecretDialog } from './RevokeClientSecretDialog.tsx';
import { SignIn } from './SignIn.tsx';

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
    if (known.error !== null)
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
          <DataTable
            label={t('access.clientSecrets')}
            columns={columns()}
            rows={known.data.secrets}
            rowKey={({ id }) => id}
          />
        )}
      </>
    );
  }

  /** What was used, but not in the sign-ins that are known, was used before them. */
  function lastUse(one: ClientSecretData, known: LoggedEvent[]) {
    const last = known.find(
      ({ metadata }) => (metadata as { clientSecretId?: string }).clientSecretId === one.id,
    );
    if (last !== undefined) return <SignIn event={last} />;
    return one.clientSecretNumUses === 0 ? '–' : t('access.notLately');
  }

  function columns(): Column<ClientSecretData>[] {
    return [
      {
        key: 'prefix',
        header: t('access.beginsWith'),
        cell: one => (
          <span className="mono" translate="no">
            {one.clientSecretPrefix}
          </span>
        ),
      },
      {
        key: 'description',
        header: t('access.description'),
        cell: one => <span translate="no">{one.description || '–'}</span>,
      },
      { key: 'since', header: t('access.since'), cell: one => <Moment at={one.createdAt} /> },
      {
        key: 'uses',
        header: t('access.uses'),
        cell: one => (
          <span translate="no">
            {one.clientSecretNumUsesLimit === 0
              ? one.clientSecretNumUses
              : `${one.clientSecretNumUses} / ${one.clientSecretNumUsesLimit}`}
          </span>
        ),
      },
      ...(signIns === undefined
        ? []
        : [
            {
              key: 'used',
              header: t('account.lastUsed'),
              cell: (one: ClientSecretData) => lastUse(one, signIns),
            },
          ]),
      {
        key: 'actions',
        header: t('leases.actions'),
        isQuiet: true,
        cell: one =>
          one.isClientSecretRevoked ? (
            t('access.secretRevoked')
          ) : (
            <ActionButton
              size="compact-sm"
              variant="default"
              onClick={() => setRevoked(one)}
              aria-label={t('access.revokeNamed', { name: one.clientSecretPrefix })}
            >
              {t('access.revokeSecret')}
            </ActionButton>
          ),
      },
    ];
  }
}
