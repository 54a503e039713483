import { Button, Group } from '@mantine/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Lease, Project } from '../api/schema.ts';
import { ButtonLink } from '../app/links.tsx';
import { NoProject } from '../projects/NoProject.tsx';
import { projectsQuery } from '../projects/queries.ts';
import { meQuery } from '../session/queries.ts';
import { useNow } from '../time/use-now.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { FailurePanel } from '../ui/FailurePanel.tsx';
import { LongTable } from '../ui/LongTable.tsx';
import { PageHeader } from '../ui/PageHeader.tsx';
import { StatePanel } from '../ui/StatePanel.tsx';
import { Waiting } from '../ui/Waiting.tsx';
import { choiceColumn } from './choice.tsx';
import { useHistory } from './history.ts';
import { LeaseDrawer } from './LeaseDrawer.tsx';
import { LeaseFilters, type LeaseSearch } from './LeaseFilters.tsx';
import { LeaseTable } from './LeaseTable.tsx';
import { isNarrow, narrowed } from './narrow.ts';
import { placeOf } from './queries.ts';
import { canEnd } from './standing.ts';

const EndChosenDialog = lazy(async () => ({
  default: (await import('./EndChosenDialog.tsx')).EndChosenDialog,
}));
const EndManyDialog = lazy(async () => ({ default: (await import('./EndManyDialog.tsx')).EndManyDialog }));
const route = getRouteApi('/shell/leases');

export function LeasesPage() {
  const { t } = useTranslation();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { data: projects } = useSuspenseQuery(projectsQuery);
  const project = projects.find(candidate => candidate.slug === search.project) ?? projects[0];
  if (project === undefined) {
    return (
      <>
        <PageHeader title={t('leases.title')} />
        <NoProject />
      </>
    );
  }
  const change = (next: LeaseSearch) => void navigate({ search: next, replace: true, resetScroll: false });
  return (
    <History key={project.slug} project={project} search={search}>
      <LeaseFilters projects={projects} project={project} search={search} onChange={change} />
    </History>
  );
}

interface HistoryProps {
  project: Project;
  search: LeaseSearch;
  /** The filters, between the heading and the list. */
  children: React.ReactNode;
}

function History({ project, search, children }: HistoryProps) {
  const { t } = useTranslation();
  const navigate = route.useNavigate();
  const { data: me } = useSuspenseQuery(meQuery);
  const history = useHistory(project.slug, search.state, isNarrow(search));
  const now = useNow();
  const leases = narrowed(history.leases, search, me.user.id, now, lease => lease.dynamicSecretName ?? '');
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const [asks, setAsks] = useState<'chosen' | 'many' | null>(null);
  const live = leases.filter(lease => canEnd(lease, now));
  const chosen = live.filter(lease => ids.has(lease.id));
  const open = (id: string | undefined) =>
    void navigate({
      search: ({ open: _, ...rest }) => (id === undefined ? rest : { ...rest, open: id }),
      resetScroll: false,
      ...(id === undefined ? {} : { mask: maskOf(id) }),
    });
  const toggle = (id: string) => {
    const next = new Set(ids);
    if (!next.delete(id)) next.add(id);
    setIds(next);
  };

  return (
    <>
      <PageHeader
        title={t('leases.title')}
        facts={
          <span role="status">
            {t(history.isWhole ? 'leases.all' : 'leases.some', { count: leases.length })}
          </span>
        }
        actions={
          <ActionButton
            variant="default"
            reason={me.user.role === 'admin' ? null : t('leases.adminsEnd')}
            onClick={() => setAsks('many')}
          >
            {t('leases.endMany')}
          </ActionButton>
        }
      />
      {children}
      <Group gap="sm" mb="md" mih={36}>
        <Button
          variant="default"
          onClick={() => setIds(new Set(live.map(({ id }) => id)))}
          disabled={live.length === 0}
        >
          {t('leases.chooseAll', { count: live.length })}
        </Button>
        {chosen.length > 0 && (
          <>
            <Button color="red" onClick={() => setAsks('chosen')}>
              {t('leases.deleteThese', { count: chosen.length })}
            </Button>
            <Button variant="subtle" onClick={() => setIds(new Set())}>
              {t('leases.chooseNone')}
            </Button>
          </>
        )}
      </Group>
      {content()}
      {search.open !== undefined && (
        <LeaseDrawer
          id={search.open}
          project={project.slug}
          leases={leases}
          onOpen={open}
          onClose={() => open(undefined)}
        />
      )}
      <Suspense>
        {asks === 'chosen' && (
          <EndChosenDialog
            chosen={chosen.map(lease => ({ lease, place: placeOf(lease, project.slug) }))}
            onClose={() => {
              setAsks(null);
              setIds(new Set());
            }}
          />
        )}
        {asks === 'many' && (
          <EndManyDialog project={project} leases={history.leases} onClose={() => setAsks(null)} />
        )}
      </Suspense>
    </>
  );

  function content() {
    const { query } = history;
    if (query.data === undefined) {
      if (query.error === null) return <Waiting />;
      return <FailurePanel failure={query.error} onRetry={() => void query.refetch()} />;
    }
    if (leases.length > 0) {
      return (
        <LeaseTable
          leases={leases}
          placeOf={lease => placeOf(lease, project.slug)}
          projectOf={() => project.slug}
          more={[{ key: 'secret', header: t('leases.secret'), cell: name }]}
          first={[choiceColumn(t, { ids, toggle })]}
          linkTo={(lease, words) => (
            <Link
              from="/leases"
              to="/leases"
              search={rest => ({ ...rest, open: lease.id })}
              mask={maskOf(lease.id)}
              resetScroll={false}
              data-opens
            >
              {words}
            </Link>
          )}
          draw={table => <LongTable {...table} onNearEnd={history.more} />}
        />
      );
    }
    if (!history.isWhole) return <Waiting />;
    if (isNarrow(search) || search.state !== undefined)
      return <StatePanel kind="filtered" title={t('leases.noneInState')} />;
    return (
      <StatePanel
        kind="empty"
        title={t('leases.none')}
        action={
          <ButtonLink to="/p/$project/overview" params={{ project: project.slug }}>
            {t('overview.title')}
          </ButtonLink>
        }
      >
        {t('leases.noneWhy')}
      </StatePanel>
    );
  }

  /** The address of the lease's own page, which is what a link or a reload shows. */
  function maskOf(id: string) {
    return {
      to: '/leases/$lease',
      params: { lease: id },
      search: { project: project.slug },
      unmaskOnReload: true,
    } as const;
  }

  function name(lease: Lease) {
    const { environmentSlug, path } = placeOf(lease, project.slug);
    const name = lease.dynamicSecretName ?? '';
    return (
      <Link
        to="/p/$project/e/$environment/s/$name"
        params={{ project: project.slug, environment: environmentSlug, name }}
        search={path === '/' ? {} : { path }}
        translate="no"
      >
        {`${name} · ${environmentSlug}`}
      </Link>
    );
  }
}
