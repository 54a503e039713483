import { useSuspenseQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { PageHeader } from '../ui/PageHeader.tsx';
import { NewProject } from './NewProject.tsx';
import { NoProjectYet } from './NoProjectYet.tsx';
import { ProjectCards } from './ProjectCards.tsx';
import { projectsQuery } from './queries.ts';

export function ProjectsPage() {
  const { t } = useTranslation();
  const { data: projects } = useSuspenseQuery(projectsQuery);
  return (
    <>
      <PageHeader title={t('projects.title')} actions={projects.length > 0 && <NewProject />} />
      {projects.length === 0 ? <NoProjectYet /> : <ProjectCards projects={projects} />}
    </>
  );
}
