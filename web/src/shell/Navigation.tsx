import { IconScale, IconTable } from '@tabler/icons-react';
import { Link, useParams } from '@tanstack/react-router';
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import { PLACES } from './places.ts';
import classes from './Shell.module.css';

export function Navigation({ isOpen }: { isOpen: boolean }) {
  const { t } = useTranslation();
  const { project } = useParams({ strict: false });
  return (
    <nav id="navigation" className={classes.nav} data-open={isOpen} aria-label={t('shell.navigation')}>
      <ul>
        {PLACES.map(({ to, words, Icon }) => (
          <Fragment key={to}>
            <li>
              <Link
                to={to}
                className={classes.link ?? ''}
                activeOptions={{ includeSearch: false, exact: to === '/' }}
              >
                <Icon size={18} aria-hidden="true" />
                {t(words)}
              </Link>
            </li>
            {to === '/projects' && project !== undefined && <OfProject project={project} />}
          </Fragment>
        ))}
      </ul>
    </nav>
  );
}

function OfProject({ project }: { project: string }) {
  const { t } = useTranslation();
  const link = `${classes.link} ${classes.inner}`;
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
          {t('places.settings')}
        </Link>
      </li>
    </>
  );
}
