import { useQueryClient } from '@tanstack/react-query';
import { api, body } from '../api/client.ts';
import type { DynamicSecret, DynamicSecretChanges } from '../api/schema.ts';
import { useEdit } from '../edits/use-edit.ts';
import type { Place } from '../leases/queries.ts';
import { draftOf } from './form/draft.ts';
import { secretQuery } from './queries.ts';

/** A dynamic secret that somebody changes. */
export function useSecretEdit(secret: DynamicSecret, place: Place) {
  const client = useQueryClient();
  const edit = useEdit(draftOf(secret));
  const query = secretQuery(place, secret.name);

  /** As it is at this moment, and as it would be. */
  async function settled() {
    const fresh = draftOf(await client.fetchQuery({ ...query, staleTime: 0 }));
    return { fresh, draft: edit.settle(fresh) };
  }

  async function send(data: DynamicSecretChanges, leases: string) {
    const params = { path: { name: secret.name } };
    await body(api.PATCH('/api/v1/dynamic-secrets/{name}', { params, body: { ...place, data, leases } }));
    await client.invalidateQueries({ queryKey: ['dynamic-secrets', place.projectSlug] });
  }

  return { edit, settled, send };
}
