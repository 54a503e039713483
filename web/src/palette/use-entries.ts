import { useQueries, useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Project } from '../api/schema.ts';
import { connectionsQuery } from '../connections/queries.ts';
import { poolsQuery } from '../gateways/pools/queries.ts';
import { gatewaysQuery } from '../gateways/queries.ts';
import { type NamedPlace, placesQuery } from '../leases/places.ts';
import { projectsQuery } from '../projects/queries.ts';
import { useSignOut } from '../session/use-sign-out.ts';
import { PLACES } from '../shell/places.ts';
import { THEMES, useTheme } from '../theme/preference.ts';
import type { Entry } from './match.ts';

/** Everything that can be gone to or done from anywhere, as far as the caller sees it. */
export function useEntries(): Entry[] {
  const { data: projects = [] } = useQuery(projectsQuery);
  const places = useQueries({ queries: projects.map(placesQuery) });
  const pages = usePages();
  const clusters = useClusters();
  const gateways = useGateways();
  const pools = usePools();
  const commands = useCommands();
  const ofProject = useProjectEntries();
  return [
    ...pages,
    ...projects.flatMap((project, index) => ofProject(project, Object.values(places[index]?.data ?? {}))),
    ...clusters,
    ...gateways,
    ...pools,
    ...commands,
  ];
}

function usePages(): Entry[] {
  const { t } = useTranslation();
  const router = useRouter();
  return PLACES.map(({ to, words }) => ({
    id: to,
    label: t(words),
    kind: t('shell.kinds.page'),
    run: () => void router.navigate({ to }),
  }));
}

function useProjectEntries(): (project: Project, places: NamedPlace[]) => Entry[] {
  const { t } = useTranslation();
  const router = useRouter();
  return (project, places) => [
    {
      id: project.id,
      label: project.name,
      isName: true,
      words: project.slug,
      kind: t('shell.kinds.project'),
      run: () => void router.navigate({ to: '/p/$project/overview', params: { project: project.slug } }),
    },
    ...places.flatMap(found => [ofSecret(project, found, false), ofSecret(project, found, true)]),
  ];

  function ofSecret(project: Project, { name, place }: NamedPlace, isToGenerate: boolean): Entry {
    const environment = project.environments.find(({ slug }) => slug === place.environmentSlug);
    const { path } = place;
    const folder = path === '/' ? [] : [path];
    return {
      id: `${isToGenerate ? 'generate ' : ''}${place.projectSlug} ${place.environmentSlug} ${path} ${name}`,
      label: [name, environment?.name ?? place.environmentSlug, project.name, ...folder].join(' · '),
      isName: true,
      words: `${place.environmentSlug} ${place.projectSlug}`,
      kind: t(isToGenerate ? 'shell.kinds.generate' : 'shell.kinds.secret'),
      run: () =>
        void router.navigate({
          to: '/p/$project/e/$environment/s/$name',
          params: { project: place.projectSlug, environment: place.environmentSlug, name },
          search: { ...(path === '/' ? {} : { path }), ...(isToGenerate ? { generate: true as const } : {}) },
        }),
    };
  }
}

/** Whoever may not see connections or gateways finds none here, either. */
function useClusters(): Entry[] {
  const { t } = useTranslation();
  const router = useRouter();
  const { data = [] } = useQuery({ ...connectionsQuery, retry: false });
  return data.map(({ id, name, url }) => ({
    id,
    label: name ?? url,
    isName: true,
    words: url,
    kind: t('shell.kinds.cluster'),
    run: () => void router.navigate({ to: '/clusters/$connection', params: { connection: id } }),
  }));
}

function useGateways(): Entry[] {
  const { t } = useTranslation();
  const router = useRouter();
  const { data = [] } = useQuery({ ...gatewaysQuery, retry: false });
  return data.map(({ id, name }) => ({
    id,
    label: name,
    isName: true,
    kind: t('shell.kinds.gateway'),
    run: () => void router.navigate({ to: '/gateways/$gateway', params: { gateway: id } }),
  }));
}

function usePools(): Entry[] {
  const { t } = useTranslation();
  const router = useRouter();
  const { data = [] } = useQuery({ ...poolsQuery, retry: false });
  return data.map(({ id, name }) => ({
    id,
    label: name,
    isName: true,
    kind: t('shell.kinds.pool'),
    run: () => void router.navigate({ to: '/gateways/pools/$pool', params: { pool: id } }),
  }));
}

function useCommands(): Entry[] {
  const { t } = useTranslation();
  const router = useRouter();
  const signOut = useSignOut();
  const [, choose] = useTheme();
  const command = (label: string, run: () => void): Entry => ({
    id: label,
    label,
    kind: t('shell.kinds.command'),
    run,
  });
  return [
    command(t('clusters.connect'), () => void router.navigate({ to: '/clusters/new' })),
    command(t('gateways.new'), () => void router.navigate({ to: '/gateways/new' })),
    ...THEMES.map(theme =>
      command(t('shell.useTheme', { theme: t(`shell.themes.${theme}`) }), () => choose(theme)),
    ),
    command(t('session.signOut'), () => void signOut()),
  ];
}
