import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { EnvironmentSummary } from '../api/schema.ts';
import classes from './OverviewPage.module.css';

/** All environments, or one. Links, so that each view has an address. */
export function EnvironmentTabs({ environments }: { environments: EnvironmentSummary[] }) {
  const { t } = useTranslation();
  const tab = classes.tab ?? '';
  const exact = { exact: true, includeSearch: true, explicitUndefined: true } as const;
  return (
    <nav className={classes.tabs} aria-label={t('overview.environments')}>
      <Link
        from="/p/$project/overview"
        to="/p/$project/overview"
        search={({ env: _, ...rest }) => rest}
        className={tab}
        activeOptions={exact}
      >
        {t('overview.all')}
      </Link>
      {environments.map(({ id, name, slug }) => (
        <Link
          key={id}
          from="/p/$project/overview"
          to="/p/$project/overview"
          search={rest => ({ ...rest, env: slug })}
          className={tab}
          activeOptions={exact}
          translate="no"
        >
          {name}
        </Link>
      ))}
    </nav>
  );
}
