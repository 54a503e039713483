import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Project } from '../api/schema.ts';
import { connectionsQuery } from '../connections/queries.ts';
import { Panel } from '../ui/Panel.tsx';
import { firstStepsQuery } from './first-steps.ts';
import classes from './Home.module.css';

/** Where nothing can be issued yet: the two things to do, the first of them first. */
export function FirstSteps({ projects }: { projects: Project[] }) {
  const { t } = useTranslation();
  const connections = useQuery({ ...connectionsQuery, retry: false });
  const hasSecret = useQuery(firstStepsQuery(projects)).data;
  const [project] = projects;
  const environment = project?.environments[0]?.slug;
  // Whoever may not see connections is nobody to make them, either.
  if (hasSecret !== false || connections.data === undefined) return null;
  if (project === undefined || environment === undefined) return null;
  const isConnected = connections.data.length > 0;
  return (
    <Panel title={t('home.firstSteps')}>
      <ol className={classes.steps}>
        <li>
          <Link to="/clusters/new">{t('home.stepCluster')}</Link> {isConnected && `(${t('home.stepDone')})`}
        </li>
        <li>
          <Link to="/p/$project/e/$environment/new" params={{ project: project.slug, environment }}>
            {t('home.stepSecret')}
          </Link>
        </li>
      </ol>
    </Panel>
  );
}
