import { Stack } from '@mantine/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Project } from '../api/schema.ts';
import { HeldLeases } from '../home/HeldLeases.tsx';
import { meQuery } from '../session/queries.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { PageHeader } from '../ui/PageHeader.tsx';
import { StatePanel } from '../ui/StatePanel.tsx';
import classes from './ProjectsPage.module.css';
import { projectsQuery } from './queries.ts';

const NewProjectDialog = lazy(async () => ({
  default: (await import('./NewProjectDialog.tsx')).NewProjectDialog,
}));

export function ProjectsPage() {
  const { t } = useTranslation();
  const { data: projects } = useSuspenseQuery(projectsQuery);
  const { data: me } = useSuspenseQuery(meQuery);
  const [isMaking, setIsMaking] = useState(false);
  const make = <ActionButton onClick={() => setIsMaking(true)}>{t('projects.new')}</ActionButton>;
  return (
    <>
      <PageHeader title={t('projects.title')} actions={projects.length > 0 && make} />
      {projects.length === 0 ? (
        <StatePanel kind="empty" title={t('projects.none')} action={make}>
          {t('projects.noneWhy')}
        </StatePanel>
      ) : (
        <Stack gap="lg">
          <ul className={classes.cards}>
            {projects.map(project => (
              <li key={project.id}>
                <ProjectCard project={project} />
              </li>
            ))}
          </ul>
          <HeldLeases projects={projects} userId={me.user.id} />
        </Stack>
      )}
      {isMaking && (
        <Suspense>
          <NewProjectDialog onClose={() => setIsMaking(false)} />
        </Suspense>
      )}
    </>
  );
}

function ProjectCard({ project }: { project: Project }) {
  return (
    <Link
      to="/p/$project/overview"
      params={{ project: project.slug }}
      className={classes.card ?? ''}
      translate="no"
    >
      <span className={classes.name}>{project.name}</span>
      {project.description && <span className={classes.quiet}>{project.description}</span>}
      <span className={classes.quiet}>
        {project.environments.map(environment => environment.name).join(' · ')}
      </span>
    </Link>
  );
}
