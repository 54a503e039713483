import type { TFunction } from 'i18next';
import type { Project } from '../api/schema.ts';
import type { Unknown } from '../ui/UnknownPanel.tsx';
import { ENDS, GROUPINGS, type LeaseSearch, leaseSearch, STATUSES } from './search.ts';

/** Parts of the address that name nothing there is, or that this list does not know at all. The router leaves them in it. */
export function unknownIn(t: TFunction, search: object, projects: Project[]): Unknown[] {
  const { project } = search as LeaseSearch;
  const environments = projects.find(({ slug }) => slug === project)?.environments;
  const isOneOf = (values: readonly string[]) => (value: string) => values.includes(value);
  const known: { [Name in keyof Required<LeaseSearch>]: [string, (value: string) => boolean] } = {
    project: [t('projects.one'), isOneOf(projects.map(({ slug }) => slug))],
    env: [t('overview.environment'), isOneOf(environments?.map(({ slug }) => slug) ?? [])],
    status: [t('leases.status'), isOneOf(STATUSES)],
    ends: [t('leases.ends'), isOneOf(ENDS)],
    group: [t('leaseList.group'), isOneOf(GROUPINGS)],
    actor: [t('leases.who'), () => true],
    cluster: [t('leaseList.cluster'), () => true],
    secret: [t('leases.secret'), () => true],
    q: [t('leases.find'), () => true],
  };
  return Object.entries(search).flatMap(([key, value]): Unknown[] => {
    const text = String(value);
    const [label, isKnown] = known[key as keyof LeaseSearch] ?? [];
    if (label === undefined) return [{ key, value: text }];
    // It goes with its project, which is told of.
    if (key === 'env' && project !== undefined && environments === undefined) return [];
    return isKnown?.(text) ? [] : [{ key, label, value: text }];
  });
}

/** The rest of it, which can be shown. */
export function withoutUnknown(search: object, unknown: Unknown[]): LeaseSearch {
  const names = new Set(unknown.map(({ key }) => key));
  if (names.has('project')) names.add('env');
  return leaseSearch(Object.fromEntries(Object.entries(search).filter(([name]) => !names.has(name))));
}
