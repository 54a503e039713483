import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import { OthersNotice } from '../edits/OthersNotice.tsx';
import { useEdit } from '../edits/use-edit.ts';
import { PageHeader } from '../ui/PageHeader.tsx';
import { tell } from '../ui/tell.ts';
import { changeCommandsOf } from './as-code.ts';
import { ConnectionForm } from './ConnectionForm.tsx';
import { changesOf, draftOf } from './draft.ts';
import { connectionQuery } from './queries.ts';
import { FIELD_WORDS } from './words.ts';

const route = getRouteApi('/shell/clusters/$connection/edit');

/** Changes hold for leases from then on. A new address, CA or token is tried before it counts. */
export function EditConnectionPage() {
  const { t } = useTranslation();
  const { connection: id } = route.useParams();
  const navigate = useNavigate();
  const client = useQueryClient();
  const { data: connection } = useSuspenseQuery(connectionQuery(id));
  const edit = useEdit(draftOf(connection));
  const leave = () => navigate({ to: '/clusters/$connection', params: { connection: id } });

  async function save() {
    const fresh = await client.fetchQuery({ ...connectionQuery(id), staleTime: 0 });
    const changes = changesOf(fresh, edit.settle(draftOf(fresh)));
    if (Object.keys(changes).length === 0) tell({ message: t('form.nothingChanged') });
    else {
      const params = { path: { connectionId: id } };
      await body(api.PATCH('/api/v1/cluster-connections/{connectionId}', { params, body: changes }));
      await client.invalidateQueries({ queryKey: ['connections'] });
      tell({ color: 'green', message: t('clusters.saved') });
    }
    await leave();
  }

  return (
    <>
      <PageHeader
        title={t('clusters.edit', { name: connection.name ?? connection.url })}
        trail={<Link to="/clusters">{t('places.clusters')}</Link>}
      />
      <ConnectionForm
        typed={edit}
        notice={<OthersNotice edit={edit} nameOf={field => t(FIELD_WORDS[field])} />}
        commands={changeCommandsOf(connection, edit.draft, location.origin)}
        isEdit
        hasToken={connection.authMethod !== 'gateway'}
        onSubmit={save}
        onCancel={() => void leave()}
      />
    </>
  );
}
