import { Radio, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import { asApiError } from '../api/problem.ts';
import type { Project } from '../api/schema.ts';
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx';
import type { Cell, Row } from './use-matrix.ts';

interface Props {
  project: Project;
  path: string;
  rows: Row[];
  onClose: () => void;
  /** Told when all of them are gone. */
  onDone: () => void;
}

type Item = Cell & { name: string; key: string };

/** Deletes dynamic secrets in the environments that are shown. Where leases are live, their fate is chosen; each tells what became of it. */
export function DeleteChosenDialog({ project, path, rows, onClose, onDone }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [items] = useState(() => rows.flatMap(itemsOf));
  const [results, setResults] = useState<ReadonlyMap<string, string | null>>(new Map());
  const [fate, setFate] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const live = items.reduce((sum, item) => sum + item.live, 0);

  async function remove() {
    setIsBusy(true);
    let refused = 0;
    for (const item of items.filter(({ key }) => results.get(key) !== null)) {
      const why = await removeOne(item);
      if (why !== null) refused++;
      setResults(before => new Map(before).set(item.key, why));
    }
    await Promise.all(
      [
        ['dynamic-secrets', project.slug],
        ['leases', project.slug],
        ['places', project.slug],
      ].map(queryKey => client.invalidateQueries({ queryKey })),
    );
    setIsBusy(false);
    if (refused === 0) onDone();
  }

  async function removeOne({ name, environment }: Item): Promise<string | null> {
    const place = { projectSlug: project.slug, environmentSlug: environment.slug, path };
    try {
      // Without a choice it is refused if somebody issued a lease meanwhile.
      const sent = { params: { path: { name } }, body: { ...place, leases: fate ?? 'refuse' } };
      await body(api.DELETE('/api/v1/dynamic-secrets/{name}', sent));
      return null;
    } catch (failure) {
      return asApiError(failure).message;
    }
  }

  return (
    <ConfirmDialog
      title={t('matrix.deleteTitle', { count: items.length })}
      act={t('secrets.delete')}
      isBusy={isBusy}
      reason={live > 0 && fate === null ? t('matrix.fateMissing') : null}
      onAct={() => void remove()}
      onClose={onClose}
    >
      <Text size="sm">{t('matrix.deleteWhere')}</Text>
      <ul aria-live="polite">
        {items.map(item => (
          <li key={item.key}>
            <span translate="no">{`${item.name} · ${item.environment.name}`}</span> {resultOf(item)}
          </li>
        ))}
      </ul>
      {live > 0 && (
        <Radio.Group label={t('matrix.fate', { count: live })} value={fate} onChange={setFate}>
          <Stack gap="xs" mt={8}>
            <Radio value="end" label={t('form.leasesEnd')} />
            <Radio value="run-out" label={t('form.leasesRunOut')} />
          </Stack>
        </Radio.Group>
      )}
      {live > 0 && (
        <Text size="sm" c="dimmed">
          {t('matrix.livesOn')}
        </Text>
      )}
    </ConfirmDialog>
  );

  function resultOf({ key }: Item) {
    const result = results.get(key);
    if (result === undefined) return null;
    if (result === null) return <strong>{t('matrix.deleted')}</strong>;
    return (
      <>
        <strong>{t('matrix.notDeleted')}</strong> <span translate="no">{result}</span>
      </>
    );
  }
}

function itemsOf({ name, cells }: Row): Item[] {
  return cells.flatMap(cell =>
    cell.secret === undefined ? [] : [{ ...cell, name, key: `${cell.environment.slug} ${name}` }],
  );
}
