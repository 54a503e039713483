import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Moment } from '../ui/Moment.tsx';
import { lastOnQuery, liveOnQuery } from './traffic.ts';

/** How many leases of a connection are live, as far as the caller sees them. */
export function LiveOn({ connectionId }: { connectionId: string }) {
  const { t } = useTranslation();
  const { data, error } = useQuery(liveOnQuery(connectionId));
  if (data === undefined) return error === null ? null : t('ui.unknown');
  return data.isWhole ? (
    <span translate="no">{data.count}</span>
  ) : (
    t('clusters.atLeast', { count: data.count })
  );
}

/** When a token was issued by it last, and to whom. */
export function LastOn({ connectionId }: { connectionId: string }) {
  const { t } = useTranslation();
  const { data, error } = useQuery(lastOnQuery(connectionId));
  if (data === undefined) return error === null ? null : t('ui.unknown');
  if (data === null) return t('clusters.neverSeen');
  return (
    <>
      <Moment at={data.createdAt} /> <span translate="no">{data.holder.name}</span>
    </>
  );
}
