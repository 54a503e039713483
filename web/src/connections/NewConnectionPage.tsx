import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import { PageHeader } from '../ui/PageHeader.tsx';
import { commandsOf } from './as-code.ts';
import { ConnectionForm } from './ConnectionForm.tsx';
import { EMPTY, requestOf } from './draft.ts';

const route = getRouteApi('/shell/clusters/new');

export function NewConnectionPage() {
  const { t } = useTranslation();
  const navigate = route.useNavigate();
  const { by } = route.useSearch();
  const client = useQueryClient();

  const [draft, setDraft] = useState(EMPTY);

  async function make() {
    const sent = { body: requestOf(draft) };
    const { clusterConnection } = await body(api.POST('/api/v1/cluster-connections', sent));
    await client.invalidateQueries({ queryKey: ['connections'] });
    await navigate({ to: '/clusters/$connection', params: { connection: clusterConnection.id } });
  }

  return (
    <>
      <PageHeader title={t('clusters.connect')} />
      <ConnectionForm
        typed={{ draft, change: changes => setDraft(before => ({ ...before, ...changes })) }}
        commands={commandsOf(draft, location.origin)}
        isEdit={false}
        hasToken={false}
        beginsWith={by}
        onSubmit={make}
        onCancel={() => void navigate({ to: '/clusters' })}
      />
    </>
  );
}
