import { useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { projectsQuery } from '../projects/queries.ts';
import { PageHeader } from '../ui/PageHeader.tsx';
import { Panel } from '../ui/Panel.tsx';
import { EventDetails } from './EventDetails.tsx';
import { eventQuery } from './queries.ts';

const route = getRouteApi('/shell/audit/$event');

export function EventPage() {
  const { t } = useTranslation();
  const { event: id } = route.useParams();
  const { project } = route.useSearch();
  const { data: projects } = useSuspenseQuery(projectsQuery);
  const projectId = projects.find(({ slug }) => slug === project)?.id;
  const { data: event } = useSuspenseQuery(eventQuery(id, projectId));
  return (
    <>
      <PageHeader title={event.kind} isName trail={<Link to="/audit">{t('places.audit')}</Link>} />
      <Panel title={t('audit.one')}>
        <EventDetails event={event} />
      </Panel>
    </>
  );
}
