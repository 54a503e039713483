import { queryOptions, useQueries } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '../api/client.ts';
import type { Project } from '../api/schema.ts';
import { Notice } from '../ui/Notice.tsx';

/** Whether the caller sees other people's leases anywhere in a project. */
const managesQuery = (projectSlug: string) =>
  queryOptions({
    queryKey: ['rights', projectSlug, 'manage-leases'],
    queryFn: async ({ signal }) => {
      const { rights } = await body(api.POST('/api/v1/access/rights', { body: { projectSlug }, signal }));
      return rights.some(({ action, decision }) => action === 'manage-leases' && decision === 'allow');
    },
    staleTime: 60_000,
    retry: false,
  });

/** Says where the list is of one's own leases only: others are left out, and not absent. */
export function OwnOnly({ projects }: { projects: Project[] }) {
  const { t } = useTranslation();
  const asked = useQueries({ queries: projects.map(({ slug }) => managesQuery(slug)) });
  const own = projects.filter((_, index) => asked[index]?.data === false);
  if (own.length === 0) return null;
  const names = own.map(({ name }) => name).join(', ');
  return (
    <Notice tone="plain">
      {own.length === projects.length ? t('leaseList.ownOnly') : t('leaseList.ownOnlyIn', { names })}
    </Notice>
  );
}
