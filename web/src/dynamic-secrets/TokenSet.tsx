import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { LoggedEvent } from '../api/schema.ts';
import { eventsQuery } from '../audit/queries.ts';
import { nameOf } from '../audit/words-of.ts';
import { Moment } from '../ui/Moment.tsx';

const KINDS = 'create-dynamic-secret,update-dynamic-secret';

/** Since when the stored token is there and by whom, as far as one may read the audit log. It is never shown itself. */
export function TokenSet({ secretId, projectId }: { secretId: string; projectId: string }) {
  const { t } = useTranslation();
  const { data } = useInfiniteQuery({
    ...eventsQuery({ projectId, dynamicSecretId: secretId, kind: KINDS }),
    retry: false,
  });
  const last = data?.pages.flatMap(page => page.events).find(setsToken);
  if (last === undefined) return t('secrets.tokenSet');
  return (
    <>
      {t('secrets.tokenSet')} <Moment at={last.createdAt} /> <span translate="no">{nameOf(last.actor)}</span>
    </>
  );
}

function setsToken({ kind, metadata }: LoggedEvent): boolean {
  const { updatedFields } = (metadata ?? {}) as { updatedFields?: string[] };
  return kind === 'create-dynamic-secret' || updatedFields?.includes('inputs.clusterToken') === true;
}
