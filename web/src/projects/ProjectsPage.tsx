import { useSuspenseQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { PageHeader } from '../ui/PageHeader.tsx';
import { StatePanel } from '../ui/StatePanel.tsx';
import { NewProject } from './NewProject.tsx';
import { ProjectCards } from './ProjectCards.tsx';
import { projectsQuery } from './queries.ts';

export function ProjectsPage() {
  const { t } = useTranslation();
  const { data: projects } = useSuspenseQuery(projectsQuery);
  return (
    <>
      <PageHeader title={t('projects.title')} actions={projects.length > 0 && <NewProject />} />
      {projects.length === 0 ? (
        <StatePanel kind="empty" title={t('projects.none')} action={<NewProject />}>
          {t('projects.noneWhy')}
        </StatePanel>
      ) : (
        <ProjectCards projects={projects} />
      )}
    </>
  );
}
