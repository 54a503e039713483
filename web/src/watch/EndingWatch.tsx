import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { heldQuery } from '../home/queries.ts';
import { projectsQuery } from '../projects/queries.ts';
import { meQuery } from '../session/queries.ts';
import { formatRelative } from '../time/format.ts';
import { useNow } from '../time/use-now.ts';
import { endingSoon } from './due.ts';
import { notifyOnce } from './notify.ts';

/** Tells of one's own leases before they end. */
export function EndingWatch() {
  const { t } = useTranslation();
  const router = useRouter();
  const now = useNow();
  const { data: me } = useSuspenseQuery(meQuery);
  const { data: projects } = useSuspenseQuery(projectsQuery);
  const { data: held = [] } = useQuery(heldQuery(projects, me.user.id));
  useEffect(() => {
    const leases = endingSoon(
      held.map(({ lease }) => lease),
      now,
    );
    for (const lease of leases) {
      const project = held.find(one => one.lease.id === lease.id)?.project.slug ?? '';
      const name = lease.dynamicSecretName ?? lease.serviceAccountName;
      const title = t('watch.endingTitle', { name, when: formatRelative(lease.expireAt, now) });
      notifyOnce(
        `ending ${lease.id}`,
        title,
        () =>
          void router.navigate({ to: '/leases/$lease', params: { lease: lease.id }, search: { project } }),
      );
    }
  }, [held, now, router, t]);
  return null;
}
