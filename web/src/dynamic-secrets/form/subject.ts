import { newSecret, savedConnection } from '../../connections/subjects.ts';
import type { Subject } from '../../connections/use-test.ts';
import { isVia } from '../../gateways/way.ts';
import type { Place } from '../../leases/queries.ts';
import { requestOf } from './as-code.ts';
import { type Draft, hasOwnToken, sampleOf } from './draft.ts';

/** What can be tested of a draft: a way of its own as it would be made at `place`, a saved connection for what leases would be. */
export function subjectOf(draft: Draft, place: Place | undefined): Subject | null {
  if (draft.connectionId !== '') return savedConnection(draft.connectionId, sampleOf(draft));
  const isKnown = hasOwnToken(draft)
    ? draft.url.trim() !== '' && draft.clusterToken.trim() !== ''
    : isVia(draft);
  if (!isKnown || place === undefined) return null;
  return newSecret(requestOf({ ...draft, name: draft.name || 'unnamed' }, place));
}
