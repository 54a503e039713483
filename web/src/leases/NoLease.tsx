import { Button } from '@mantine/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { ButtonLink } from '../app/links.tsx';
import { projectsQuery } from '../projects/queries.ts';
import { StatePanel } from '../ui/StatePanel.tsx';
import { isNarrow, type LeaseSearch } from './search.ts';

interface Props {
  search: LeaseSearch;
  onClear: (search: LeaseSearch) => void;
}

/** Nothing yet, or nothing under these filters: two different things. */
export function NoLease({ search, onClear }: Props) {
  const { t } = useTranslation();
  const { project, env, status, actor, secret, cluster, ends, q } = search;
  if (!isNarrow(search)) {
    return (
      <StatePanel kind="empty" title={t('leases.none')} action={<ToOverview project={project} />}>
        {t('leases.noneWhy')}
      </StatePanel>
    );
  }
  const names = [
    env !== undefined && t('overview.environment'),
    status !== undefined && t('leases.status'),
    actor !== undefined && t('leases.who'),
    secret !== undefined && t('leases.secret'),
    cluster !== undefined && t('leaseList.cluster'),
    ends !== undefined && t('leases.ends'),
    q !== undefined && t('leases.find'),
  ];
  return (
    <StatePanel
      kind="filtered"
      title={t('leaseList.noneFits')}
      action={
        <Button onClick={() => onClear(project === undefined ? {} : { project })}>{t('audit.clear')}</Button>
      }
    >
      {t('leaseList.narrowedBy', { names: names.filter(Boolean).join(', ') })}
    </StatePanel>
  );
}

/** Where tokens are generated: in the project that is looked at, or in whichever is first. */
function ToOverview({ project }: { project: string | undefined }) {
  const { t } = useTranslation();
  const first = useSuspenseQuery(projectsQuery).data[0]?.slug;
  const shown = project ?? first;
  if (shown === undefined) return null;
  return (
    <ButtonLink to="/p/$project/overview" params={{ project: shown }}>
      {t('overview.title')}
    </ButtonLink>
  );
}
