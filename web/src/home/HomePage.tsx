import { Stack } from '@mantine/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { useFavourites } from '../favourites/list.ts';
import { NewProject } from '../projects/NewProject.tsx';
import { ProjectCards } from '../projects/ProjectCards.tsx';
import { projectsQuery } from '../projects/queries.ts';
import { meQuery } from '../session/queries.ts';
import { PageHeader } from '../ui/PageHeader.tsx';
import { Waiting } from '../ui/Waiting.tsx';
import { Attention } from './Attention.tsx';
import { HeldLeases } from './HeldLeases.tsx';
import classes from './Home.module.css';

const Favourites = lazy(async () => ({
  default: (await import('../favourites/Favourites.tsx')).Favourites,
}));
const NoProjectYet = lazy(async () => {
  const load = [import('../projects/NoProjectYet.tsx'), import('../words/late.ts')] as const;
  return { default: (await Promise.all(load))[0].NoProjectYet };
});
const FirstSteps = lazy(async () => ({ default: (await import('./FirstSteps.tsx')).FirstSteps }));
const Issuance = lazy(async () => ({ default: (await import('./Issuance.tsx')).Issuance }));

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
          <Suspense>
            {hasFavourites && <Favourites projects={projects} userId={me.user.id} />}
            <FirstSteps projects={projects} />
          </Suspense>
          <HeldLeases projects={projects} userId={me.user.id} />
          <ProjectCards projects={projects} />
          <div className={classes.pair}>
            <Attention projects={projects} />
            <Suspense fallback={<Waiting rows={3} />}>
              <Issuance projects={projects} isAdmin={me.user.role === 'admin'} />
            </Suspense>
          </div>
        </Stack>
      )}
    </>
  );
}
