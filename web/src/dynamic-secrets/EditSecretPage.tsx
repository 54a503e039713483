import { Select } from '@mantine/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AsCode } from '../as-code/AsCode.tsx';
import { OthersNotice } from '../edits/OthersNotice.tsx';
import { PageHeader } from '../ui/PageHeader.tsx';
import { tell } from '../ui/tell.ts';
import { changeCommandsOf } from './form/as-code.ts';
import { type Change, changesOf } from './form/changes.ts';
import { changesFor } from './form/draft.ts';
import { ReviewDialog } from './form/ReviewDialog.tsx';
import { SecretForm } from './form/SecretForm.tsx';
import { FIELD_WORDS } from './form/words.ts';
import { secretQuery } from './queries.ts';
import { useSecretEdit } from './use-secret-edit.ts';

const route = getRouteApi('/shell/p/$project/e/$environment/s/$name/edit');

interface Reviewed {
  changes: Change[];
  answer: (isWanted: boolean) => void;
}

/** Changes hold for new leases; what becomes of live ones is chosen here. */
export function EditSecretPage() {
  const { t } = useTranslation();
  const params = route.useParams();
  const { path = '/' } = route.useSearch();
  const navigate = route.useNavigate();
  const place = { projectSlug: params.project, environmentSlug: params.environment, path };
  const { data: secret } = useSuspenseQuery(secretQuery(place, params.name));
  const [leases, setLeases] = useState('run-out');
  const [reviewed, setReviewed] = useState<Reviewed | null>(null);
  const { edit, settled, send } = useSecretEdit(secret, place);
  const fates = {
    'run-out': t('form.leasesRunOut'),
    end: t('form.leasesEnd'),
    refuse: t('form.leasesRefuse'),
  };
  const search = { tab: 'configuration' as const, ...(path === '/' ? {} : { path }) };

  /** Nothing is saved before somebody has seen what would change; the form waits for that. */
  async function review(): Promise<boolean> {
    const { fresh, draft } = await settled();
    const changes = changesOf(fresh, draft);
    if (changes.length === 0) return true;
    return new Promise(answer => setReviewed({ changes, answer }));
  }

  function answer(isWanted: boolean) {
    reviewed?.answer(isWanted);
    setReviewed(null);
  }

  async function save() {
    const { fresh, draft } = await settled();
    const data = changesFor(fresh, draft);
    if (Object.keys(data).length === 0) tell({ message: t('form.nothingChanged') });
    else await send(data, leases);
    await navigate({
      to: '/p/$project/e/$environment/s/$name',
      params: { ...params, name: draft.name.trim() },
      search,
      replace: true,
    });
  }

  return (
    <>
      <PageHeader
        title={t('secrets.edit', { name: secret.name })}
        trail={<span translate="no">{params.environment}</span>}
      />
      <SecretForm
        typed={edit}
        isEdit
        before={
          <>
            <OthersNotice edit={edit} nameOf={field => t(FIELD_WORDS[field])} />
            <Select
              label={t('form.leasesOfEdit')}
              data={Object.entries(fates).map(([value, label]) => ({ value, label }))}
              value={leases}
              onChange={value => setLeases(value ?? leases)}
              allowDeselect={false}
            />
          </>
        }
        after={() => edit.isChanged && <AsCode {...changeCommandsOf(edit, place, leases, location.origin)} />}
        review={review}
        onSubmit={save}
        onCancel={() => void navigate({ to: '/p/$project/e/$environment/s/$name', params, search })}
      />
      {reviewed !== null && (
        <ReviewDialog
          changes={reviewed.changes}
          leases={`${t('form.leasesOfEdit')}: ${fates[leases as keyof typeof fates]}.`}
          onSave={() => answer(true)}
          onClose={() => answer(false)}
        />
      )}
    </>
  );
}
