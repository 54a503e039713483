import { newSecret, savedConnection } from '../../connections/subjects.ts';
import type { Subject } from '../../connections/use-test.ts';
import type { Place } from '../../leases/queries.ts';
import { requestOf } from './as-code.ts';
import { type Draft, sampleOf } from './draft.ts';

/** What can be tested of a draft: a connection of its own as it would be made at `place`, a saved one for what leases would be. */
export function subjectOf(draft: Draft, place: Place | undefined): Subject | null {
  if (draft.connectionId !== '') return savedConnection(draft.connectionId, sampleOf(draft));
  const isKnown = draft.url.trim() !== '' && draft.clusterToken.trim() !== '';
  if (!isKnown || place === undefined) return null;
  return newSecret(requestOf({ ...draft, name: draft.name || 'unnamed' }, place));
}
