import { Stack } from '@mantine/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Favourites } from '../favourites/Favourites.tsx';
import { useFavourites } from '../favourites/list.ts';
import { NewProject } from '../projects/NewProject.tsx';
import { ProjectCards } from '../projects/ProjectCards.tsx';
import { projectsQuery } from '../projects/queries.ts';
import { meQuery } from '../session/queries.ts';
import { PageHeader } from '../ui/PageHeader.tsx';
import { Attention } from './Attention.tsx';
import { FirstSteps } from './FirstSteps.tsx';
import { HeldLeases } from './HeldLeases.tsx';
import classes from './Home.module.css';
import { Issuance } from './Issuance.tsx';

const NoProjectYet = lazy(async () => {
  const load = [import('../projects/NoProjectYet.tsx'), import('../words/late.ts')] as const;
  return { default: (await Promise.all(load))[0].NoProjectYet };
});

/** What one holds, what ends soon, and what is broken, before anything else. Each part fails by itself. */
export function HomePage() {
  const { t } = useTranslation();
  const { data: projects } = useSuspenseQuery(projectsQuery);
  const { data: me } = useSuspenseQuery(meQuery);
  const hasFavourites = useFavourites(me.user.id).list.length > 0;
  return (
    <>
      <PageHeader title={t('home.title')} actions={projects.length > 0 && <NewProject />} />
      {projects.length === 0 ? (
        <Suspense>
          <NoProjectYet />
        </Suspense>
      ) : (
        <Stack gap="lg">
          {hasFavourites && <Favourites projects={projects} userId={me.user.id} />}
          <FirstSteps projects={projects} />
          <HeldLeases projects={projects} userId={me.user.id} />
          <ProjectCards projects={projects} />
          <div className={classes.pair}>
            <Attention projects={projects} />
            <Issuance projects={projects} isAdmin={me.user.role === 'admin'} />
          </div>
        </Stack>
      )}
    </>
  );
}
