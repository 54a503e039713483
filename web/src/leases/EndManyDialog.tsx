import { Button, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import { asApiError } from '../api/problem.ts';
import type { EndedLeases, Lease, Project } from '../api/schema.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { Notice } from '../ui/Notice.tsx';

interface Props {
  project: Project;
  /** Whom leases are known of, to choose from. */
  leases: Lease[];
  onClose: () => void;
}

const ALL = 'all';

/** For the bad day: ends every live lease that a filter names, after the server has said how many those are. */
export function EndManyDialog({ project, leases, onClose }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [environmentId, setEnvironmentId] = useState(ALL);
  const [holderId, setHolderId] = useState(ALL);
  const [reason, setReason] = useState('');
  const holders = new Map(
    leases.flatMap(({ holder }) => (holder.id == null ? [] : [[holder.id, holder.name]])),
  );
  const end = useMutation({
    mutationFn: (dryRun: boolean) => {
      const filter = {
        projectId: project.id,
        ...(environmentId === ALL ? {} : { environmentId }),
        ...(holderId === ALL ? {} : { holderId }),
      };
      return body(api.POST('/api/v1/leases/end', { body: { ...filter, dryRun, reason } }));
    },
    onSuccess: async ({ isDryRun }) => {
      if (!isDryRun) await client.invalidateQueries({ queryKey: ['leases'] });
    },
  });
  const change = (set: (value: string) => void) => (value: string | null) => {
    set(value ?? ALL);
    end.reset();
  };
  const found = end.data;
  const isOver = found !== undefined && !found.isDryRun;

  function submit(event: FormEvent) {
    event.preventDefault();
    end.mutate(found === undefined);
  }

  return (
    <Dialog title={t('leases.endMany')} onClose={onClose} isBusy={end.isPending}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <Text size="sm">
            {t('projects.one')}: <strong translate="no">{project.name}</strong>
          </Text>
          <Select
            label={t('overview.environment')}
            data={[
              { value: ALL, label: t('overview.all') },
              ...project.environments.map(({ id, name }) => ({ value: id, label: name })),
            ]}
            value={environmentId}
            onChange={change(setEnvironmentId)}
            disabled={isOver}
            allowDeselect={false}
          />
          <Select
            label={t('leases.who')}
            data={[
              { value: ALL, label: t('overview.all') },
              ...[...holders].map(([value, label]) => ({ value: String(value), label: String(label) })),
            ]}
            value={holderId}
            onChange={change(setHolderId)}
            disabled={isOver}
            allowDeselect={false}
            searchable
          />
          <TextInput
            label={t('leases.reason')}
            description={t('secrets.reasonHelp')}
            value={reason}
            onChange={event => setReason(event.currentTarget.value)}
            maxLength={1024}
            disabled={isOver}
            required
          />
          <div role="status">{found !== undefined && <Counts found={found} />}</div>
          {end.error !== null && (
            <Notice tone="bad">
              <span translate="no">{asApiError(end.error).message}</span>
            </Notice>
          )}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose} disabled={end.isPending}>
              {isOver ? t('token.done') : t('ui.cancel')}
            </Button>
            {found === undefined && (
              <Button type="submit" loading={end.isPending}>
                {t('leases.countFirst')}
              </Button>
            )}
            {found?.isDryRun && found.found > 0 && (
              <Button type="submit" color="red" loading={end.isPending}>
                {t('leases.deleteThese', { count: found.found })}
              </Button>
            )}
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

function Counts({ found }: { found: EndedLeases }) {
  const { t } = useTranslation();
  if (found.found === 0) return <Notice tone="plain">{t('leases.noneFound')}</Notice>;
  return (
    <Notice tone={found.isDryRun ? 'warn' : 'good'}>
      <ul>
        <li>{t(found.isDryRun ? 'leases.wouldEnd' : 'leases.haveEnded', { count: found.found })}</li>
        {found.ending > 0 && <li>{t('leases.manyRevoked', { count: found.ending })}</li>}
        {found.closed > 0 && <li>{t('leases.manyLive', { count: found.closed })}</li>}
        {found.cancelled > 0 && <li>{t('leases.manyCancelled', { count: found.cancelled })}</li>}
      </ul>
    </Notice>
  );
}
