import { Checkbox, MultiSelect, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import type { Project } from '../api/schema.ts';
import { placesQuery } from '../leases/places.ts';
import { liveLeasesQuery } from '../leases/queries.ts';
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx';
import { FailurePanel } from '../ui/FailurePanel.tsx';
import { Notice } from '../ui/Notice.tsx';
import { Waiting } from '../ui/Waiting.tsx';
import { Refusals } from './Refusals.tsx';
import { useFolderAct } from './use-folder-act.ts';
import type { FolderRow } from './use-matrix.ts';

interface Props {
  project: Project;
  row: FolderRow;
  path: string;
  onClose: () => void;
}

/** Deletes a folder. What is in it is counted and named first, and goes only where that is wanted. */
export function DeleteFolderDialog({ project, row, path, onClose }: Props) {
  const { t } = useTranslation();
  const [isForced, setIsForced] = useState(false);
  const act = useFolderAct(project, row, onClose);
  const found = useQuery({ ...placesQuery(project), staleTime: 0 });
  const live = useQuery(liveLeasesQuery(project.slug));
  const inside = path === '/' ? `/${row.name}` : `${path}/${row.name}`;
  const affected = Object.entries(found.data ?? {}).filter(
    ([, { place }]) =>
      act.chosen.includes(place.environmentSlug) &&
      (place.path === inside || place.path.startsWith(`${inside}/`)),
  );
  const ids = new Set(affected.map(([id]) => id));
  const leases = live.data?.leases.filter(lease => ids.has(lease.dynamicSecretId)).length ?? 0;
  const isKnown = found.data !== undefined && !found.isFetching;

  function remove() {
    void act.run(({ environment, folder }) => {
      const sent = { projectId: project.id, environment: environment.slug, path, forceDelete: isForced };
      const params = { path: { folderId: folder.id } };
      return body(api.DELETE('/api/v2/folders/{folderId}', { params, body: sent }));
    });
  }

  return (
    <ConfirmDialog
      title={t('matrix.removeTitle', { name: row.name })}
      act={t('matrix.removeAct')}
      isBusy={act.isBusy}
      reason={reason()}
      onAct={remove}
      onClose={onClose}
    >
      <MultiSelect
        label={t('matrix.inEnvironments')}
        data={row.places.map(({ environment }) => ({ value: environment.slug, label: environment.name }))}
        value={act.chosen}
        onChange={act.setChosen}
      />
      {found.error !== null && <FailurePanel failure={found.error} onRetry={() => void found.refetch()} />}
      {!isKnown && found.error === null && <Waiting rows={1} />}
      {isKnown && content()}
      <Refusals of={act.refused} />
    </ConfirmDialog>
  );

  function reason() {
    if (!isKnown) return t('state.loading');
    if (act.chosen.length === 0) return t('matrix.inEnvironments');
    return affected.length > 0 && !isForced ? t('matrix.withContent') : null;
  }

  function content() {
    return (
      <>
        {affected.length === 0 ? (
          <Text size="sm">{t('matrix.insideNone')}</Text>
        ) : (
          <>
            <Notice tone="warn">
              {t('matrix.inside', { count: affected.length })}{' '}
              <span translate="no">
                {affected.map(([, { name, place }]) => `${name} (${place.environmentSlug})`).join(', ')}
              </span>
            </Notice>
            {leases > 0 && <Notice tone="bad">{t('matrix.insideLive', { count: leases })}</Notice>}
            {live.data?.isWhole === false && <Notice tone="warn">{t('matrix.countCut')}</Notice>}
            <Text size="sm">{t('matrix.livesOn')}</Text>
          </>
        )}
        <Checkbox
          label={t('matrix.withContent')}
          checked={isForced}
          onChange={event => setIsForced(event.currentTarget.checked)}
        />
      </>
    );
  }
}
