import type { Project, paths } from '../api/schema.ts';
import type { Ends, LeaseSearch, Status } from './search.ts';

type Asked = NonNullable<paths['/api/v1/leases']['get']['parameters']['query']>;

/** The same as the server is asked for it. A time from now is made when it is asked, so that it stays one question. */
export type Filter = Omit<Asked, 'cursor' | 'limit' | 'endsBy'> & { endsWithin?: Ends };

const STANDING: Record<Status, Filter> = {
  active: { state: 'active' },
  issuing: { state: 'reserved' },
  ending: { state: 'ending' },
  failing: { hasFailed: true },
  early: { state: 'closed' },
  open: { isOver: false },
  over: { isOver: true },
};

export function filterOf(search: LeaseSearch, userId: string, projects: Project[]): Filter {
  const { project, env, status, actor, cluster, secret, ends, q } = search;
  const environments = projects.find(({ slug }) => slug === project)?.environments ?? [];
  const environmentId = environments.find(({ slug }) => slug === env)?.id;
  return {
    ...(project === undefined ? {} : { projectSlug: project }),
    ...(environmentId === undefined ? {} : { environmentId }),
    ...(actor === undefined ? {} : { holderId: actor === 'me' ? userId : actor }),
    ...(cluster === undefined ? {} : { clusterConnectionId: cluster }),
    ...(secret === undefined ? {} : { dynamicSecretId: secret }),
    ...(q === undefined ? {} : { q }),
    // What ends soon is live: what has ended ends no more.
    ...(ends === undefined ? {} : { endsWithin: ends, state: 'active' }),
    ...(status === undefined ? {} : STANDING[status]),
  };
}

/** Of what a filter leaves, what is live; null where none of it can be. */
export function liveOf({ state, isOver, hasFailed, ...rest }: Filter): Filter | null {
  const mayBeLive = (state === undefined || state === 'active') && isOver !== true && hasFailed !== true;
  return mayBeLive ? { ...rest, state: 'active' } : null;
}

/** Without some parts of it. */
export function without(search: LeaseSearch, ...names: (keyof LeaseSearch)[]): LeaseSearch {
  return Object.fromEntries(
    Object.entries(search).filter(([name]) => !names.includes(name as keyof LeaseSearch)),
  );
}

/** With one part changed, or taken out. */
export function withPart<Name extends keyof LeaseSearch>(
  search: LeaseSearch,
  name: Name,
  value: LeaseSearch[Name] | undefined,
): LeaseSearch {
  return value === undefined ? without(search, name) : { ...search, [name]: value };
}
