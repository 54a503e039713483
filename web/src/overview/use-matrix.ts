import { useQueries, useQuery } from '@tanstack/react-query';
import type { DynamicSecret, EnvironmentSummary, Project } from '../api/schema.ts';
import { liveLeasesQuery } from '../leases/queries.ts';
import { folderQuery, foldersQuery } from './queries.ts';

/** What one environment has under one name. */
export interface Cell {
  environment: EnvironmentSummary;
  secret: DynamicSecret | undefined;
  /** Leases that are live, as far as the caller sees them. */
  live: number;
}

export interface Row {
  name: string;
  cells: Cell[];
}

export interface Matrix {
  rows: Row[];
  folders: string[];
  failures: { environment: EnvironmentSummary; failure: unknown; retry: () => void }[];
  /** Whether there are more live leases than were counted. */
  isCountCut: boolean;
}

/** Environments side by side. Each is asked for by itself, so that one that fails leaves the others as they are. */
export function useMatrix(project: Project, environments: EnvironmentSummary[], path: string): Matrix {
  const secrets = useQueries({
    queries: environments.map(({ slug }) => folderQuery(project.slug, slug, path)),
  });
  const folders = useQueries({
    queries: environments.map(({ slug }) => foldersQuery(project.id, slug, path)),
  });
  const live = useQuery(liveLeasesQuery(project.slug));
  const count = (id: string) => live.data?.leases.filter(lease => lease.dynamicSecretId === id).length ?? 0;
  const names = [...new Set(secrets.flatMap(({ data }) => data ?? []).map(secret => secret.name))].sort();
  return {
    rows: names.map(name => ({
      name,
      cells: environments.map((environment, index) => {
        const secret = secrets[index]?.data?.find(candidate => candidate.name === name);
        return { environment, secret, live: secret === undefined ? 0 : count(secret.id) };
      }),
    })),
    folders: [...new Set(folders.flatMap(({ data }) => data ?? []).map(folder => folder.name))].sort(),
    failures: environments.flatMap((environment, index) => {
      const asked = secrets[index];
      return asked?.error ? [{ environment, failure: asked.error, retry: () => void asked.refetch() }] : [];
    }),
    isCountCut: live.data?.nextCursor != null,
  };
}
