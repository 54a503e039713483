import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Passkey } from '../api/schema.ts';
import { hasPasskeys } from '../session/passkeys.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { type Column, DataTable } from '../ui/DataTable.tsx';
import { FailurePanel } from '../ui/FailurePanel.tsx';
import { Moment } from '../ui/Moment.tsx';
import { Panel } from '../ui/Panel.tsx';
import { StatusPill } from '../ui/StatusPill.tsx';
import { Waiting } from '../ui/Waiting.tsx';
import { type PasskeyAct, PasskeyDialog } from './PasskeyDialog.tsx';
import { passkeysQuery } from './queries.ts';

/** Keys that a device or a password manager holds, and that sign in alone. */
export function PasskeysPanel() {
  const { t } = useTranslation();
  const passkeys = useQuery(passkeysQuery);
  const [act, setAct] = useState<PasskeyAct | null>(null);
  return (
    <Panel
      title={t('account.passkeys')}
      actions={
        <ActionButton
          variant="default"
          reason={hasPasskeys() ? null : t('account.noPasskeysHere')}
          onClick={() => setAct({ kind: 'add' })}
        >
          {t('account.addPasskey')}
        </ActionButton>
      }
    >
      {content()}
      {act !== null && <PasskeyDialog act={act} onClose={() => setAct(null)} />}
    </Panel>
  );

  function content() {
    if (passkeys.data === undefined && passkeys.error !== null)
      return <FailurePanel failure={passkeys.error} onRetry={() => void passkeys.refetch()} />;
    if (passkeys.data === undefined) return <Waiting rows={1} />;
    if (passkeys.data.length === 0) return <Text size="sm">{t('account.noPasskey')}</Text>;
    return (
      <DataTable
        label={t('account.passkeys')}
        columns={columns()}
        rows={passkeys.data}
        rowKey={passkey => passkey.id}
      />
    );
  }

  function columns(): Column<Passkey>[] {
    return [
      { key: 'name', header: t('account.name'), cell: one => <span translate="no">{one.name}</span> },
      { key: 'state', header: t('leases.status'), cell: one => <Standing passkey={one} /> },
      { key: 'since', header: t('access.since'), cell: one => <Moment at={one.createdAt} /> },
      {
        key: 'used',
        header: t('account.lastUsed'),
        cell: one => (one.lastUsedAt == null ? '–' : <Moment at={one.lastUsedAt} />),
      },
      {
        key: 'actions',
        header: t('leases.actions'),
        isQuiet: true,
        cell: passkey => (
          <>
            {(['rename', 'remove'] as const).map(kind => (
              <ActionButton
                key={kind}
                size="compact-sm"
                variant="default"
                onClick={() => setAct({ kind, passkey })}
                aria-label={t(`account.${kind}PasskeyNamed`, { name: passkey.name })}
              >
                {t(`account.${kind}Passkey`)}
              </ActionButton>
            ))}
          </>
        ),
      },
    ];
  }
}

function Standing({ passkey }: { passkey: Passkey }) {
  const { t } = useTranslation();
  if (passkey.suspectedAt != null) return <StatusPill tone="bad" label={t('account.suspected')} />;
  return <StatusPill tone="good" label={t(passkey.isBackedUp ? 'account.synced' : 'account.onOneDevice')} />;
}
