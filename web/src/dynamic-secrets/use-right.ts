import { useQuery } from '@tanstack/react-query';
import type { Place } from '../leases/queries.ts';
import { rightsQuery } from './queries.ts';

/** Why the caller may not do something here, in the server's words; null where they may, or where it is not known. */
export function useRefusal(place: Place, subject: string, action: string, name?: string): string | null {
  const { data: rights } = useQuery(rightsQuery(place, name));
  const right = rights?.find(candidate => candidate.subject === subject && candidate.action === action);
  return right?.decision === 'deny' ? right.reason : null;
}
