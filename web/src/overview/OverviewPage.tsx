import { Stack, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { projectQuery } from '../projects/queries.ts';
import { PageHeader } from '../ui/PageHeader.tsx';
import { UnknownPanel } from '../ui/UnknownPanel.tsx';
import { AddSecretButton } from './AddSecretButton.tsx';
import { EnvironmentTabs } from './EnvironmentTabs.tsx';
import { NewFolder } from './NewFolder.tsx';
import { OverviewContent } from './OverviewContent.tsx';
import classes from './OverviewPage.module.css';
import { shownEnvironments, unknownEnvironments } from './shown.ts';
import { useEnvironmentKeys } from './use-environment-keys.ts';
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
  const add = <AddSecretButton project={project.slug} environments={environments} path={path} />;
  const unknown = unknownEnvironments(project.environments, env).map(value => ({
    key: value,
    label: t('overview.environment'),
    value,
  }));
  const isEmpty = matrix.rows.length === 0 && matrix.folders.length === 0;

  useEnvironmentKeys(
    project.environments.map(one => one.slug),
    shown =>
      void navigate({
        search: ({ env: _, ...rest }) => (shown === undefined ? rest : { ...rest, env: shown }),
      }),
  );

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
        {environments.length > 0 && (
          <OverviewContent project={project} environments={environments} matrix={matrix} add={add} />
        )}
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
}
