import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { UsingSecret } from '../api/schema.ts';
import { type Column, DataTable } from '../ui/DataTable.tsx';
import { Pages } from '../ui/Pages.tsx';
import { StatePanel } from '../ui/StatePanel.tsx';
import { secretsOfQuery } from './queries.ts';

/** What is pointed at a connection, in every project, whoever may look into those. */
export function SecretsPanel({ connectionId }: { connectionId: string }) {
  const { t } = useTranslation();
  const query = useInfiniteQuery(secretsOfQuery(connectionId));
  const columns: Column<UsingSecret>[] = [
    { key: 'name', header: t('leases.secret'), cell: secret => <SecretLink {...secret} /> },
    { key: 'project', header: t('projects.one'), cell: plain('projectSlug') },
    { key: 'environment', header: t('overview.environment'), cell: plain('environmentSlug') },
    { key: 'path', header: t('overview.folder'), cell: plain('path') },
  ];
  return (
    <Pages query={query}>
      {pages => {
        const rows = pages.flatMap(page => page.dynamicSecrets);
        if (rows.length === 0)
          return (
            <StatePanel kind="empty" title={t('clusters.noSecrets')}>
              {t('clusters.noSecretsWhy')}
            </StatePanel>
          );
        return (
          <DataTable
            label={t('clusters.tabs.secrets')}
            columns={columns}
            rows={rows}
            rowKey={secret => secret.dynamicSecretId}
          />
        );
      }}
    </Pages>
  );
}

const plain = (field: 'projectSlug' | 'environmentSlug' | 'path') => (secret: UsingSecret) => (
  <span translate="no">{secret[field]}</span>
);

function SecretLink({ name, projectSlug, environmentSlug, path }: UsingSecret) {
  return (
    <Link
      to="/p/$project/e/$environment/s/$name"
      params={{ project: projectSlug, environment: environmentSlug, name }}
      search={path === '/' ? {} : { path }}
      translate="no"
    >
      {name}
    </Link>
  );
}
