import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { failingQuery } from '../home/attention.ts';
import { projectsQuery } from '../projects/queries.ts';
import { notifyOnce } from './notify.ts';

/** Tells of leases whose objects could not be removed. */
export function FailingWatch() {
  const { t } = useTranslation();
  const router = useRouter();
  const { data: projects } = useSuspenseQuery(projectsQuery);
  const { data: failing = [] } = useQuery(failingQuery(projects));
  useEffect(() => {
    for (const concern of failing) {
      if (concern.kind !== 'cleanUp') continue;
      const { lease, project } = concern;
      const name = lease.dynamicSecretName ?? lease.serviceAccountName;
      notifyOnce(
        `failing ${lease.id}`,
        t('watch.failingTitle', { name }),
        () =>
          void router.navigate({
            to: '/leases/$lease',
            params: { lease: lease.id },
            search: { project: project.slug },
          }),
      );
    }
  }, [failing, router, t]);
  return null;
}
