import { useQuery } from '@tanstack/react-query';
import type { Principal } from '../api/schema.ts';
import { everyUserQuery, identitiesQuery } from './queries.ts';

/** Names of whom the server tells by id only, as far as the caller may see them. */
export function useNames(): (principal: Principal) => string {
  const users = useQuery(everyUserQuery);
  const identities = useQuery(identitiesQuery);
  const names = new Map<string, string>();
  for (const user of users.data ?? []) names.set(user.id, user.email);
  for (const { identity } of identities.data ?? []) names.set(identity.id, identity.name);
  return ({ id, type }) => names.get(id) ?? `${type} ${id}`;
}
