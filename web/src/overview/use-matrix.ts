import { useQueries, useQuery } from '@tanstack/react-query';
import { asApiError } from '../api/problem.ts';
import type { DynamicSecret, EnvironmentSummary, Folder, Project } from '../api/schema.ts';
import { liveLeasesQuery } from '../leases/queries.ts';
import { folderQuery, foldersQuery } from './queries.ts';

/** What one environment has under one name, or why that is not known. */
export interface Cell {
  environment: EnvironmentSummary;
  state: 'here' | 'absent' | 'locked' | 'unknown';
  secret: DynamicSecret | undefined;
  /** Leases that are live, as far as the caller sees them. */
  live: number;
}

export interface Row {
  name: string;
  cells: Cell[];
}

/** A folder of one name, in each environment that has it. */
export interface FolderRow {
  name: string;
  places: { environment: EnvironmentSummary; folder: Folder }[];
}

interface Trouble {
  environment: EnvironmentSummary;
  failure: unknown;
  isLocked: boolean;
}

export interface Matrix {
  rows: Row[];
  folders: FolderRow[];
  troubles: Trouble[];
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
  const folderNames = [...new Set(folders.flatMap(({ data }) => data ?? []).map(({ name }) => name))].sort();
  return {
    rows: names.map(name => ({
      name,
      cells: environments.map((environment, index) => cell(environment, index, name)),
    })),
    folders: folderNames.map(name => ({
      name,
      places: environments.flatMap((environment, index) => {
        const folder = folders[index]?.data?.find(candidate => candidate.name === name);
        return folder === undefined ? [] : [{ environment, folder }];
      }),
    })),
    troubles: environments.flatMap((environment, index) => {
      const { error: failure, data } = secrets[index] ?? {};
      // What was read before stays, and the page says from when it is.
      return failure && data === undefined
        ? [{ environment, failure, isLocked: asApiError(failure).isForbidden }]
        : [];
    }),
    isCountCut: live.data?.isWhole === false,
  };

  function cell(environment: EnvironmentSummary, index: number, name: string): Cell {
    const asked = secrets[index];
    const secret = asked?.data?.find(candidate => candidate.name === name);
    if (secret !== undefined) return { environment, state: 'here', secret, live: count(secret.id) };
    const isLocked = asked?.error != null && asApiError(asked.error).isForbidden;
    const state = isLocked ? 'locked' : asked?.data === undefined ? 'unknown' : 'absent';
    return { environment, state, secret, live: 0 };
  }
}
