import { Stack } from '@mantine/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { projectQuery } from '../projects/queries.ts';
import { PageHeader } from '../ui/PageHeader.tsx';
import { PolicyPanel } from './PolicyPanel.tsx';

const route = getRouteApi('/shell/p/$project/settings');

/** What each environment of a project asks of leases. */
export function SettingsPage() {
  const { t } = useTranslation();
  const { project: slug } = route.useParams();
  const { data: project } = useSuspenseQuery(projectQuery(slug));
  return (
    <>
      <PageHeader title={t('places.settings')} trail={<span translate="no">{project.name}</span>} />
      <Stack gap="md">
        {project.environments.map(environment => (
          <PolicyPanel key={environment.id} project={project} environment={environment} />
        ))}
      </Stack>
    </>
  );
}
