import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client.ts';
import type { Project } from '../api/schema.ts';
import { placesQuery } from '../leases/places.ts';

/** Whether there is a dynamic secret in any project. A lease, which there mostly is one of, says so by itself. */
export const firstStepsQuery = (projects: Project[]) =>
  queryOptions({
    queryKey: ['places', 'any', projects.map(({ slug }) => slug)],
    queryFn: async ({ client, signal }): Promise<boolean> => {
      const query = { limit: 1 };
      const { leases } = await body(api.GET('/api/v1/leases', { params: { query }, signal }));
      if (leases.length > 0) return true;
      for (const project of projects) {
        const places = await client.ensureQueryData(placesQuery(project));
        if (Object.keys(places).length > 0) return true;
      }
      return false;
    },
    staleTime: 60_000,
    retry: false,
  });
