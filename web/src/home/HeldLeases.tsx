import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Lease, Project } from '../api/schema.ts';
import { LeaseTable } from '../leases/LeaseTable.tsx';
import { FailurePanel } from '../ui/FailurePanel.tsx';
import { Panel } from '../ui/Panel.tsx';
import { Waiting } from '../ui/Waiting.tsx';
import { heldQuery } from './queries.ts';

/** As many as leave the rest of the page in sight. */
const MOST = 20;

/** What somebody holds right now, before anything else. */
export function HeldLeases({ projects, userId }: { projects: Project[]; userId: string }) {
  const { t } = useTranslation();
  const held = useQuery(heldQuery(projects, userId));
  return <Panel title={t('home.held')}>{content()}</Panel>;

  function content() {
    if (held.data === undefined) {
      if (held.error === null) return <Waiting rows={2} />;
      return <FailurePanel failure={held.error} onRetry={() => void held.refetch()} />;
    }
    if (held.data.length === 0) return <p>{t('home.nothingHeld')}</p>;
    const projectOf = new Map(held.data.map(({ lease, project }) => [lease.id, project]));
    const count = held.data.length;
    return (
      <>
        {table(
          held.data.slice(0, MOST).map(({ lease }) => lease),
          projectOf,
        )}
        {count > MOST && (
          <p>
            {t('home.moreHeld', { shown: MOST, count })}{' '}
            <Link to="/leases" search={{ actor: 'me', status: 'active' }}>
              {t('home.allHeld')}
            </Link>
          </p>
        )}
      </>
    );
  }

  function table(leases: Lease[], projectOf: ReadonlyMap<string, Project>) {
    return (
      <LeaseTable
        leases={leases}
        projectOf={lease => projectOf.get(lease.id)?.slug ?? ''}
        more={[
          {
            key: 'secret',
            header: t('leases.secret'),
            cell: lease => (
              <span translate="no">
                {[projectOf.get(lease.id)?.name, lease.dynamicSecretName].filter(Boolean).join(' · ')}
              </span>
            ),
          },
        ]}
      />
    );
  }
}
