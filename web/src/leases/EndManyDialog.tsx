import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useQuery, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import type { EndedLeases, Project } from '../api/schema.ts';
import { useMutationOnce } from '../app/use-mutation-once.ts';
import { connectionsQuery } from '../connections/queries.ts';
import { projectsQuery } from '../projects/queries.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { Fact, Facts } from '../ui/Facts.tsx';
import { Failure } from '../ui/Failure.tsx';
import { Notice } from '../ui/Notice.tsx';
import type { Filter } from './filter.ts';
import { useKnown } from './known.ts';

interface Props {
  /** The filters of the page, of which all that narrow it can be told here, too. */
  filter: Filter;
  onClose: () => void;
}

/** For the bad day: ends every live lease that the page's filters name, after the server has said how many those are. */
export function EndManyDialog({ filter, onClose }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { data: projects } = useSuspenseQuery(projectsQuery);
  const [reason, setReason] = useState('');
  const end = useMutationOnce({
    mutationFn: (dryRun: boolean) =>
      body(api.POST('/api/v1/leases/end', { body: { ...namedBy(filter, projects), dryRun, reason } })),
    onSuccess: async ({ isDryRun }) => {
      if (!isDryRun) await client.invalidateQueries({ queryKey: ['leases'] });
    },
  });
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
          <FilterFacts filter={filter} projects={projects} />
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
          <Failure of={end.error} />
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

/** The filters as ending takes them. Where there are none it has to be said that everything is meant. */
function namedBy(filter: Filter, projects: Project[]) {
  const { projectSlug, environmentId, holderId, dynamicSecretId, clusterConnectionId } = filter;
  const named = {
    ...(projectSlug === undefined ? {} : { projectId: idOf(projectSlug) }),
    ...(environmentId === undefined ? {} : { environmentId }),
    ...(holderId === undefined ? {} : { holderId }),
    ...(dynamicSecretId === undefined ? {} : { dynamicSecretId }),
    ...(clusterConnectionId === undefined ? {} : { clusterConnectionId }),
  };
  return Object.keys(named).length === 0 ? { everything: true } : named;

  function idOf(slug: string): string {
    // A slug that is none of one's own is no id either, and is refused: nothing wider is ended in its place.
    return projects.find(project => project.slug === slug)?.id ?? slug;
  }
}

/** Which leases are meant, in words. */
function FilterFacts({ filter, projects }: { filter: Filter; projects: Project[] }) {
  const { t } = useTranslation();
  const [holders] = useKnown('holderId', filter.projectSlug, filter.holderId);
  const [secrets] = useKnown('dynamicSecretId', filter.projectSlug, filter.dynamicSecretId);
  const { data: connections } = useQuery({ ...connectionsQuery, retry: false });
  const project = projects.find(({ slug }) => slug === filter.projectSlug);
  const labelOf = (known: { value: string; label: string }[], id: string) =>
    known.find(({ value }) => value === id)?.label ?? id;
  const fact = (name: string, id: string | undefined, label: (id: string) => string) =>
    id !== undefined && (
      <Fact name={name}>
        <span translate="no">{label(id)}</span>
      </Fact>
    );
  return (
    <Facts>
      <Fact name={t('projects.one')}>
        {project === undefined ? t('leaseList.allProjects') : <span translate="no">{project.name}</span>}
      </Fact>
      {fact(
        t('overview.environment'),
        filter.environmentId,
        id => project?.environments.find(one => one.id === id)?.name ?? id,
      )}
      {fact(t('leases.who'), filter.holderId, id => labelOf(holders, id))}
      {fact(t('leases.secret'), filter.dynamicSecretId, id => labelOf(secrets, id))}
      {fact(
        t('leaseList.cluster'),
        filter.clusterConnectionId,
        id => connections?.find(one => one.id === id)?.name ?? id,
      )}
    </Facts>
  );
}

function Counts({ found }: { found: EndedLeases }) {
  const { t } = useTranslation();
  if (found.found === 0) return <Notice tone="plain">{t('leases.noneFound')}</Notice>;
  return (
    <Notice tone={found.isDryRun ? 'warn' : 'plain'}>
      <ul>
        <li>{t(found.isDryRun ? 'leases.wouldEnd' : 'leases.haveEnded', { count: found.found })}</li>
        {found.ending > 0 && (
          <li>{t(found.isDryRun ? 'leases.manyRevoked' : 'leases.manyEnding', { count: found.ending })}</li>
        )}
        {found.closed > 0 && <li>{t('leases.manyLive', { count: found.closed })}</li>}
        {found.cancelled > 0 && <li>{t('leases.manyCancelled', { count: found.cancelled })}</li>}
      </ul>
    </Notice>
  );
}
