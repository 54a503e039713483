import { Select } from '@mantine/core';
import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import { PageHeader } from '../ui/PageHeader.tsx';
import { tell } from '../ui/tell.ts';
import { changedInputs, type Draft, draftOf } from './form/draft.ts';
import { SecretForm } from './form/SecretForm.tsx';
import { secretQuery } from './queries.ts';

const route = getRouteApi('/shell/p/$project/e/$environment/s/$name/edit');

/** Changes hold for new leases; what becomes of live ones is chosen here. */
export function EditSecretPage() {
  const { t } = useTranslation();
  const params = route.useParams();
  const { path = '/' } = route.useSearch();
  const navigate = route.useNavigate();
  const client = useQueryClient();
  const place = { projectSlug: params.project, environmentSlug: params.environment, path };
  const { data: secret } = useSuspenseQuery(secretQuery(place, params.name));
  const [leases, setLeases] = useState('run-out');
  const initial = draftOf(secret);
  const search = { tab: 'configuration' as const, ...(path === '/' ? {} : { path }) };

  async function save(draft: Draft) {
    const inputs = changedInputs(initial, draft);
    const maxTTL = draft.maxTTL.trim();
    const data = {
      ...(Object.keys(inputs).length > 0 ? { inputs } : {}),
      ...(draft.defaultTTL === initial.defaultTTL ? {} : { defaultTTL: draft.defaultTTL.trim() }),
      ...(draft.maxTTL === initial.maxTTL ? {} : { maxTTL: maxTTL === '' ? null : maxTTL }),
      ...(draft.name === initial.name ? {} : { newName: draft.name.trim() }),
    };
    if (Object.keys(data).length === 0) tell({ message: t('form.nothingChanged') });
    else await send(data);
    await navigate({
      to: '/p/$project/e/$environment/s/$name',
      params: { ...params, name: draft.name.trim() },
      search,
      replace: true,
    });
  }

  async function send(data: object) {
    const path = { name: params.name };
    await body(
      api.PATCH('/api/v1/dynamic-secrets/{name}', { params: { path }, body: { ...place, data, leases } }),
    );
    await client.invalidateQueries({ queryKey: ['dynamic-secrets', params.project] });
  }

  return (
    <>
      <PageHeader
        title={t('secrets.edit', { name: secret.name })}
        trail={<span translate="no">{params.environment}</span>}
      />
      <SecretForm
        initial={initial}
        isEdit
        before={
          <Select
            label={t('form.leasesOfEdit')}
            data={[
              { value: 'run-out', label: t('form.leasesRunOut') },
              { value: 'end', label: t('form.leasesEnd') },
              { value: 'refuse', label: t('form.leasesRefuse') },
            ]}
            value={leases}
            onChange={value => setLeases(value ?? leases)}
            allowDeselect={false}
          />
        }
        onSubmit={save}
        onCancel={() => void navigate({ to: '/p/$project/e/$environment/s/$name', params, search })}
      />
    </>
  );
}
