import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OwnSsoLink } from '../api/schema.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { type Column, DataTable } from '../ui/DataTable.tsx';
import { FailurePanel } from '../ui/FailurePanel.tsx';
import { Moment } from '../ui/Moment.tsx';
import { Panel } from '../ui/Panel.tsx';
import { ssoLinksQuery } from './queries.ts';
import { UnlinkDialog } from './UnlinkDialog.tsx';

/** The identity providers that vouch for oneself; nothing where none does. */
export function SsoLinksPanel() {
  const { t } = useTranslation();
  const links = useQuery(ssoLinksQuery);
  const [ending, setEnding] = useState<OwnSsoLink | null>(null);
  if (links.data === undefined && links.error !== null)
    return (
      <Panel title={t('account.ssoLinks')}>
        <FailurePanel failure={links.error} onRetry={() => void links.refetch()} />
      </Panel>
    );
  if (links.data === undefined || links.data.length === 0) return null;
  const columns: Column<OwnSsoLink>[] = [
    {
      key: 'provider',
      header: t('account.provider'),
      cell: link => <span translate="no">{link.providerName}</span>,
    },
    {
      key: 'who',
      header: t('account.asWhom'),
      cell: link => <span translate="no">{link.email ?? link.subject}</span>,
    },
    { key: 'since', header: t('access.since'), cell: link => <Moment at={link.linkedAt} /> },
    { key: 'used', header: t('account.lastUsed'), cell: link => <Moment at={link.lastSignInAt} /> },
    {
      key: 'actions',
      header: t('leases.actions'),
      isQuiet: true,
      cell: link => (
        <ActionButton
          size="compact-sm"
          variant="default"
          reason={link.isLastWayIn ? t('account.lastWayIn') : null}
          onClick={() => setEnding(link)}
          aria-label={t('account.unlinkNamed', { name: link.providerName })}
        >
          {t('account.unlink')}
        </ActionButton>
      ),
    },
  ];
  return (
    <Panel title={t('account.ssoLinks')}>
      <DataTable
        label={t('account.ssoLinks')}
        columns={columns}
        rows={links.data}
        rowKey={link => link.providerSlug}
      />
      {ending !== null && <UnlinkDialog link={ending} onClose={() => setEnding(null)} />}
    </Panel>
  );
}
