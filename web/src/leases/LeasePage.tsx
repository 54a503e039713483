import { useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { PageHeader } from '../ui/PageHeader.tsx';
import { LeaseDetails } from './LeaseDetails.tsx';
import { leaseQuery } from './lease.ts';

const route = getRouteApi('/shell/leases/$lease');

export function LeasePage() {
  const { t } = useTranslation();
  const { lease: id } = route.useParams();
  const { project } = route.useSearch();
  const { data: lease } = useSuspenseQuery(leaseQuery(project, id));
  return (
    <>
      <PageHeader
        title={t('leases.one')}
        trail={
          <Link to="/leases" search={project === undefined ? {} : { project }}>
            {t('leases.title')}
          </Link>
        }
      />
      <LeaseDetails lease={lease} />
    </>
  );
}
