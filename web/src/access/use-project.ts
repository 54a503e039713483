import { useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { Project } from '../api/schema.ts';
import { projectsQuery } from '../projects/queries.ts';

const route = getRouteApi('/shell/access/$tab');

/** The project that the address names, or the first one where it names none. */
export function useProject(): { projects: Project[]; project: Project | undefined } {
  const { project: slug } = route.useSearch();
  const { data: projects } = useSuspenseQuery(projectsQuery);
  const [first] = projects;
  return { projects, project: slug === undefined ? first : projects.find(one => one.slug === slug) };
}
