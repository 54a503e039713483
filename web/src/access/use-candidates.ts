import { useQuery } from '@tanstack/react-query';
import { everyGroupQuery, everyUserQuery, identitiesQuery, type MemberKind } from './queries.ts';

export interface Candidate {
  value: string;
  label: string;
}

/** Whom one could take in, by name, as far as the caller sees them. */
export function useCandidates(kind: MemberKind): Candidate[] {
  const users = useQuery({ ...everyUserQuery, enabled: kind === 'users' });
  const identities = useQuery({ ...identitiesQuery, enabled: kind === 'identities' });
  const groups = useQuery({ ...everyGroupQuery, enabled: kind === 'groups' });
  switch (kind) {
    case 'users':
      return (users.data ?? []).map(({ id, email }) => ({ value: id, label: email }));
    case 'identities':
      return (identities.data ?? []).map(({ identity }) => ({
        value: identity.id,
        label: identity.name,
      }));
    case 'groups':
      return (groups.data ?? []).map(({ id, name }) => ({ value: id, label: name }));
  }
}
