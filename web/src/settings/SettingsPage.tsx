import { Stack } from '@mantine/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { projectQuery } from '../projects/queries.ts';
import { PageHeader } from '../ui/PageHeader.tsx';
import { PageTabs } from '../ui/PageTabs.tsx';
import { EnvironmentsPanel } from './EnvironmentsPanel.tsx';
import { GeneralPanel } from './GeneralPanel.tsx';
import { PolicyPanel } from './PolicyPanel.tsx';
import { SETTINGS_TABS } from './routes.ts';

const route = getRouteApi('/shell/p/$project/settings');

/** What a project asks of leases, its environments, and itself. */
export function SettingsPage() {
  const { t } = useTranslation();
  const { project: slug } = route.useParams();
  const { tab = 'policies' } = route.useSearch();
  const navigate = route.useNavigate();
  const { data: project } = useSuspenseQuery(projectQuery(slug));
  const content = {
    policies: () => (
      <Stack gap="md">
        {project.environments.map(environment => (
          <PolicyPanel key={environment.id} project={project} environment={environment} />
        ))}
      </Stack>
    ),
    environments: () => <EnvironmentsPanel project={project} />,
    general: () => <GeneralPanel project={project} />,
  };
  return (
    <>
      <PageHeader title={t('places.settings')} trail={<span translate="no">{project.name}</span>} />
      <PageTabs
        tabs={SETTINGS_TABS.map(key => ({ key, label: t(`settings.tabs.${key}`) }))}
        chosen={tab}
        onChoose={next => void navigate({ search: next === 'policies' ? {} : { tab: next } })}
      >
        {content[tab]()}
      </PageTabs>
    </>
  );
}
