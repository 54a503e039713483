import { Stack, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { projectQuery } from '../projects/queries.ts';
import { Notice } from '../ui/Notice.tsx';
import { PageHeader } from '../ui/PageHeader.tsx';
import { StatePanel } from '../ui/StatePanel.tsx';
import { UnknownPanel } from '../ui/UnknownPanel.tsx';
import { AddSecretButton } from './AddSecretButton.tsx';
import { BulkBar } from './BulkBar.tsx';
import { EnvironmentTabs } from './EnvironmentTabs.tsx';
import { FolderTrail } from './FolderTrail.tsx';
import { MatrixFilters } from './MatrixFilters.tsx';
import { MatrixTable } from './MatrixTable.tsx';
import { NewFolder } from './NewFolder.tsx';
import { narrowed } from './narrow.ts';
import classes from './OverviewPage.module.css';
import { shownEnvironments, unknownEnvironments } from './shown.ts';
import { Troubles } from './Troubles.tsx';
import { useEnvironmentKeys } from './use-environment-keys.ts';
import { useMatrix } from './use-matrix.ts';

const route = getRouteApi('/shell/p/$project/overview');

export function OverviewPage() {
  const { t } = useTranslation();
  const { project: slug } = route.useParams();
  const { env, path = '/', ...narrowing } = route.useSearch();
  const { q = '' } = narrowing;
  const navigate = route.useNavigate();
  const { data: project } = useSuspenseQuery(projectQuery(slug));
  const environments = shownEnvironments(project.environments, env);
  const matrix = useMatrix(project, environments, path);
  const rows = narrowed(matrix.rows, narrowing);
  const folders = matrix.folders.filter(({ name }) => name.toLowerCase().includes(q.toLowerCase()));
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const keyOf = (name: string) => `${path}/${name}`;
  const chosenRows = rows.filter(({ name }) => chosen.has(keyOf(name)));
  const add = <AddSecretButton project={project.slug} environments={environments} path={path} />;
  const unknown = unknownEnvironments(project.environments, env).map(value => ({
    key: value,
    label: t('overview.environment'),
    value,
  }));
  const isEmpty = matrix.rows.length === 0 && matrix.folders.length === 0;
  const isAllBroken = matrix.troubles.length === environments.length;

  useEnvironmentKeys(
    project.environments.map(one => one.slug),
    shown =>
      void navigate({
        search: ({ env: _, ...rest }) => (shown === undefined ? rest : { ...rest, env: shown }),
      }),
  );

  function toggle(name: string) {
    const next = new Set(chosen);
    if (!next.delete(keyOf(name))) next.add(keyOf(name));
    setChosen(next);
  }

  function search(text: string) {
    void navigate({
      search: ({ q: _, ...rest }) => (text === '' ? rest : { ...rest, q: text }),
      replace: true,
      resetScroll: false,
    });
  }

  return (
    <>
      <PageHeader
        title={t('overview.title')}
        trail={<span translate="no">{project.name}</span>}
        actions={
          <>
            {environments.length > 0 && (
              <NewFolder project={project} environments={environments} path={path} />
            )}
            {!isEmpty && add}
          </>
        }
      />
      <Stack gap="md">
        <div className={classes.bar}>
          <EnvironmentTabs environments={project.environments} />
          <TextInput
            className={classes.search ?? ''}
            value={q}
            onChange={event => search(event.currentTarget.value)}
            leftSection={<IconSearch size={16} aria-hidden="true" />}
            data-key="/"
            aria-label={t('overview.search')}
            placeholder={t('overview.search')}
          />
        </div>
        {unknown.length > 0 && <UnknownPanel unknown={unknown} onClear={forgetUnknown} />}
        {environments.length > 0 && content()}
      </Stack>
    </>
  );

  /** Without those, or with none of them all. */
  function forgetUnknown() {
    const known = environments.map(one => one.slug).join(',');
    void navigate({
      search: ({ env: _, ...rest }) => (known === '' ? rest : { ...rest, env: known }),
      replace: true,
    });
  }

  function content() {
    return (
      <>
        <FolderTrail path={path} />
        <Troubles of={matrix.troubles} />
        {!isEmpty && <MatrixFilters />}
        <BulkBar
          project={project}
          path={path}
          chosen={chosenRows}
          onChooseNone={() => setChosen(new Set())}
        />
        {isEmpty && !isAllBroken && (
          <StatePanel kind="empty" title={t('overview.none')} action={add}>
            {t('overview.noneWhy')}
          </StatePanel>
        )}
        {!isEmpty && rows.length + folders.length === 0 && (
          <StatePanel kind="filtered" title={t('overview.noMatch')} onRetry={undefined}>
            {q === '' ? t('matrix.narrowed') : t('overview.noMatchWhy')} <span translate="no">{q}</span>
          </StatePanel>
        )}
        {rows.length + folders.length > 0 && (
          <MatrixTable
            project={project}
            environments={environments}
            path={path}
            rows={rows}
            folders={folders}
            chosen={new Set(chosenRows.map(({ name }) => name))}
            onToggle={toggle}
          />
        )}
        {matrix.isCountCut && (
          <Notice tone="plain">
            {t('overview.countCut')}{' '}
            <Link to="/leases" search={{ project: project.slug, status: 'active' }}>
              {t('overview.allLive')}
            </Link>
          </Notice>
        )}
      </>
    );
  }
}
