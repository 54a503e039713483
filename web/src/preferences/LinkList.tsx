import { Text } from '@mantine/core';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import type { SsoLink, SsoProvider } from '../api/schema.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx';
import { type Column, DataTable } from '../ui/DataTable.tsx';
import { Failure } from '../ui/Failure.tsx';
import { Moment } from '../ui/Moment.tsx';
import { Pages } from '../ui/Pages.tsx';
import { ssoLinksQuery } from './queries.ts';

/** Whom a provider vouches for, and a way to end that. */
export function LinkList({ provider }: { provider: SsoProvider }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const query = ssoLinksQuery(provider.slug);
  const links = useInfiniteQuery(query);
  const [ending, setEnding] = useState<SsoLink | null>(null);
  const end = useMutation({
    mutationFn: (userId: string) => {
      const params = { path: { provider: provider.slug, userId } };
      return body(api.DELETE('/api/v1/sso/providers/{provider}/links/{userId}', { params }));
    },
    onSuccess: () => setEnding(null),
    onSettled: () => client.invalidateQueries({ queryKey: query.queryKey }),
  });
  const nameOf = (link: SsoLink) => link.email ?? link.subject;
  const columns: Column<SsoLink>[] = [
    { key: 'who', header: t('leases.who'), cell: link => <span translate="no">{nameOf(link)}</span> },
    { key: 'since', header: t('access.since'), cell: link => <Moment at={link.linkedAt} /> },
    { key: 'used', header: t('preferences.lastSignIn'), cell: link => <Moment at={link.lastSignInAt} /> },
    {
      key: 'actions',
      header: t('leases.actions'),
      isQuiet: true,
      cell: link => (
        <ActionButton
          size="compact-sm"
          variant="default"
          onClick={() => setEnding(link)}
          aria-label={t('preferences.unlinkNamed', { name: provider.name, email: nameOf(link) })}
        >
          {t('preferences.unlink')}
        </ActionButton>
      ),
    },
  ];
  return (
    <>
      <Text size="sm" fw={600} component="h3">
        {t('preferences.vouchedFor')}
      </Text>
      <Pages query={links}>
        {pages => {
          const found = pages.flatMap(page => page.links);
          if (found.length === 0) return <Text size="sm">{t('preferences.noLink')}</Text>;
          return (
            <DataTable
              label={t('preferences.vouchedForBy', { name: provider.name })}
              columns={columns}
              rows={found}
              rowKey={link => link.userId}
            />
          );
        }}
      </Pages>
      {ending !== null && (
        <ConfirmDialog
          title={t('preferences.unlinkTitle')}
          act={t('preferences.unlink')}
          isBusy={end.isPending}
          onAct={() => end.mutate(ending.userId)}
          onClose={() => setEnding(null)}
        >
          <Text size="sm">
            {t('preferences.unlinkHelp')} <strong translate="no">{nameOf(ending)}</strong>
          </Text>
          <Failure of={end.error} />
        </ConfirmDialog>
      )}
    </>
  );
}
