import {
  IconClockHour4,
  IconFolders,
  IconHistory,
  IconScale,
  IconServer2,
  IconShieldLock,
  IconTable,
  IconThumbUp,
} from '@tabler/icons-react';
import { Link, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import classes from './Shell.module.css';

/** The pages beside a project's own, in the order in which people come to need them. */
const PLACES = [
  { to: '/leases', words: 'leases.title', Icon: IconClockHour4 },
  { to: '/clusters', words: 'clusters.title', Icon: IconServer2 },
  { to: '/approvals', words: 'approvals.title', Icon: IconThumbUp },
  { to: '/access', words: 'access.title', Icon: IconShieldLock },
  { to: '/audit', words: 'audit.title', Icon: IconHistory },
] as const;

export function Navigation({ isOpen }: { isOpen: boolean }) {
  const { t } = useTranslation();
  const { project } = useParams({ strict: false });
  const link = classes.link ?? '';
  return (
    <nav id="navigation" className={classes.nav} data-open={isOpen} aria-label={t('shell.navigation')}>
      <ul>
        <li>
          <Link to="/projects" className={link}>
            <IconFolders size={18} aria-hidden="true" />
            {t('projects.title')}
          </Link>
        </li>
        {project !== undefined && <OfProject project={project} />}
        {PLACES.map(({ to, words, Icon }) => (
          <li key={to}>
            <Link to={to} className={link} activeOptions={{ includeSearch: false }}>
              <Icon size={18} aria-hidden="true" />
              {t(words)}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function OfProject({ project }: { project: string }) {
  const { t } = useTranslation();
  const link = classes.link ?? '';
  return (
    <>
      <li>
        <Link
          to="/p/$project/overview"
          params={{ project }}
          className={link}
          activeOptions={{ includeSearch: false }}
        >
          <IconTable size={18} aria-hidden="true" />
          {t('overview.title')}
        </Link>
      </li>
      <li>
        <Link to="/p/$project/settings" params={{ project }} className={link}>
          <IconScale size={18} aria-hidden="true" />
          {t('settings.title')}
        </Link>
      </li>
    </>
  );
}
