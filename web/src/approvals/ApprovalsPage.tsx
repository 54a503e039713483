import { Select } from '@mantine/core';
import { useInfiniteQuery, useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Project } from '../api/schema.ts';
import { projectsQuery } from '../projects/queries.ts';
import { Filters } from '../ui/Filters.tsx';
import { PageHeader } from '../ui/PageHeader.tsx';
import { Pages } from '../ui/Pages.tsx';
import { StatePanel } from '../ui/StatePanel.tsx';
import { UnknownPanel } from '../ui/UnknownPanel.tsx';
import { requestsQuery } from './queries.ts';
import { RequestTable } from './RequestTable.tsx';

const route = getRouteApi('/shell/approvals');
const ORGANIZATION = 'organization';

/** What waits for another person's word, and what became of it. */
export function ApprovalsPage() {
  const { t } = useTranslation();
  const { project: slug } = route.useSearch();
  const navigate = route.useNavigate();
  const { data: projects } = useSuspenseQuery(projectsQuery);
  const isKnown = slug === undefined || slug === ORGANIZATION || projects.some(one => one.slug === slug);
  if (isKnown) return <Requests projects={projects} slug={slug} />;
  return (
    <>
      <PageHeader title={t('places.approvals')} />
      <UnknownPanel
        unknown={[{ key: 'project', label: t('projects.one'), value: slug }]}
        onClear={() => void navigate({ search: {}, replace: true })}
      />
    </>
  );
}

function Requests({ projects, slug }: { projects: Project[]; slug: string | undefined }) {
  const { t } = useTranslation();
  const navigate = route.useNavigate();
  const project =
    slug === ORGANIZATION ? undefined : (projects.find(one => one.slug === slug) ?? projects[0]);
  const scope = project === undefined ? null : { projectId: project.id };
  const requests = useInfiniteQuery(requestsQuery(scope));
  return (
    <>
      <PageHeader title={t('places.approvals')} />
      <Filters>
        <Select
          label={t('projects.one')}
          data={[
            ...projects.map(one => ({ value: one.slug, label: one.name })),
            { value: ORGANIZATION, label: t('approvals.organization') },
          ]}
          value={project?.slug ?? ORGANIZATION}
          onChange={value => value !== null && void navigate({ search: { project: value } })}
          allowDeselect={false}
        />
      </Filters>
      <Pages query={requests}>
        {pages => {
          const found = pages.flatMap(page => page.approvalRequests);
          if (found.length > 0)
            return <RequestTable requests={found} scope={scope} projectSlug={project?.slug} />;
          return (
            <StatePanel kind="empty" title={t('approvals.none')}>
              {t('approvals.noneWhy')}
            </StatePanel>
          );
        }}
      </Pages>
    </>
  );
}
