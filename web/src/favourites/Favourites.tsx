import { Kbd } from '@mantine/core';
import { Link, useRouter } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Project } from '../api/schema.ts';
import { useKeys } from '../keys/use-key.ts';
import { Panel } from '../ui/Panel.tsx';
import classes from './Favourites.module.css';
import { type Favourite, useFavourites } from './list.ts';

/** What somebody keeps at hand, each opened by its digit. A project that is not theirs any more is left out. */
export function Favourites({ projects, userId }: { projects: Project[]; userId: string }) {
  const { t } = useTranslation();
  const router = useRouter();
  const known = new Map(projects.map(project => [project.slug, project]));
  const shown = useFavourites(userId).list.filter(({ project }) => known.has(project));
  useKeys(
    Object.fromEntries(
      shown.map((favourite, index) => [String(index + 1), () => router.navigate(target(favourite))]),
    ),
  );
  if (shown.length === 0) return null;
  return (
    <Panel title={t('home.favourites')}>
      <ol className={classes.list}>
        {shown.map((favourite, index) => (
          <li key={JSON.stringify(favourite)} className={classes.item}>
            <Kbd aria-hidden="true" translate="no">
              {index + 1}
            </Kbd>
            <Link {...target(favourite)} translate="no">
              {nameOf(favourite)}
            </Link>
          </li>
        ))}
      </ol>
    </Panel>
  );

  function nameOf({ project: slug, secret }: Favourite): string {
    const project = known.get(slug);
    if (secret === undefined) return project?.name ?? slug;
    const environment = project?.environments.find(one => one.slug === secret.environment);
    return [secret.name, environment?.name ?? secret.environment, project?.name].join(' · ');
  }
}

function target({ project, secret }: Favourite) {
  if (secret === undefined) return { to: '/p/$project/overview', params: { project } } as const;
  const { environment, path, name } = secret;
  return {
    to: '/p/$project/e/$environment/s/$name',
    params: { project, environment, name },
    search: path === '/' ? {} : { path },
  } as const;
}
