import { Stack, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { asApiError } from '../api/problem.ts';
import { projectQuery } from '../projects/queries.ts';
import { Notice } from '../ui/Notice.tsx';
import { PageHeader } from '../ui/PageHeader.tsx';
import { StatePanel } from '../ui/StatePanel.tsx';
import { AddSecretButton } from './AddSecretButton.tsx';
import { EnvironmentTabs } from './EnvironmentTabs.tsx';
import { FolderTrail } from './FolderTrail.tsx';
import { MatrixTable } from './MatrixTable.tsx';
import { NewFolder } from './NewFolder.tsx';
import classes from './OverviewPage.module.css';
import { shownEnvironments } from './shown.ts';
import { useMatrix } from './use-matrix.ts';

const route = getRouteApi('/shell/p/$project/overview');

export function OverviewPage() {
  const { t } = useTranslation();
  const { project: slug } = route.useParams();
  const { env, path = '/', q = '' } = route.useSearch();
  const navigate = route.useNavigate();
  const { data: project } = useSuspenseQuery(projectQuery(slug));
  const environments = shownEnvironments(project.environments, env);
  const matrix = useMatrix(project, environments, path);
  const wanted = q.toLowerCase();
  const rows = matrix.rows.filter(row => row.name.toLowerCase().includes(wanted));
  const folders = matrix.folders.filter(folder => folder.toLowerCase().includes(wanted));
  const add = <AddSecretButton project={project.slug} environments={environments} path={path} />;
  const isEmpty = matrix.rows.length === 0 && matrix.folders.length === 0;
  const isAllBroken = matrix.failures.length === environments.length;

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
            <NewFolder project={project} environments={environments} path={path} />
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
        <FolderTrail path={path} />
        {matrix.failures.map(({ environment, failure }) => (
          <Notice key={environment.id} tone="bad">
            {t('overview.broken')}{' '}
            <span translate="no">{`${environment.name}: ${asApiError(failure).message}`}</span>
          </Notice>
        ))}
        {isEmpty && !isAllBroken && (
          <StatePanel kind="empty" title={t('overview.none')} action={add}>
            {t('overview.noneWhy')}
          </StatePanel>
        )}
        {!isEmpty && rows.length + folders.length === 0 && (
          <StatePanel kind="filtered" title={t('overview.noMatch')} onRetry={undefined}>
            {t('overview.noMatchWhy')} <span translate="no">{q}</span>
          </StatePanel>
        )}
        {rows.length + folders.length > 0 && (
          <MatrixTable
            project={project}
            environments={environments}
            path={path}
            rows={rows}
            folders={folders}
          />
        )}
        {matrix.isCountCut && <Notice tone="plain">{t('overview.countCut')}</Notice>}
      </Stack>
    </>
  );
}
