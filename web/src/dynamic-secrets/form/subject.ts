import { newSecret, savedConnection } from '../../connections/subjects.ts';
import type { Subject } from '../../connections/use-test.ts';
import type { Place } from '../../leases/queries.ts';
import { requestOf } from './as-code.ts';
import { type Draft, sampleOf } from './draft.ts';

/** What can be tested of a draft: a new one as it would be made at `place`, a known one by its connection. */
export function subjectOf(draft: Draft, place: Place | undefined): Subject | null {
  const isOwn = draft.connectionId === '';
  if (isOwn && (draft.url.trim() === '' || draft.clusterToken.trim() === '')) return null;
  if (place !== undefined) return newSecret(requestOf({ ...draft, name: draft.name || 'unnamed' }, place));
  return isOwn ? null : savedConnection(draft.connectionId, sampleOf(draft));
}
