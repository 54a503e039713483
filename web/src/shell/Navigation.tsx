import { IconFolders, IconTable } from '@tabler/icons-react';
import { Link, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import classes from './Shell.module.css';

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
        {project !== undefined && (
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
        )}
      </ul>
    </nav>
  );
}
