import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { groupsQuery, identitiesQuery, type MemberKind, usersQuery } from './queries.ts';

export interface Candidate {
  value: string;
  label: string;
}

/** Whom one could take in, by name, as far as the caller sees them. */
export function useCandidates(kind: MemberKind): Candidate[] {
  const users = useInfiniteQuery({ ...usersQuery, enabled: kind === 'users' });
  const identities = useQuery({ ...identitiesQuery, enabled: kind === 'identities' });
  const groups = useInfiniteQuery({ ...groupsQuery, enabled: kind === 'groups' });
  switch (kind) {
    case 'users':
      return (users.data?.pages ?? [])
        .flatMap(page => page.users)
        .map(({ id, email }) => ({ value: id, label: email }));
    case 'identities':
      return (identities.data?.identities ?? []).map(({ identity }) => ({
        value: identity.id,
        label: identity.name,
      }));
    case 'groups':
      return (groups.data?.pages ?? [])
        .flatMap(page => page.groups)
        .map(({ id, name }) => ({ value: id, label: name }));
  }
}
