import { getRouteApi, Link } from '@tanstack/react-router';
import type { MouseEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { EnvironmentSummary } from '../api/schema.ts';
import classes from './OverviewPage.module.css';

const route = getRouteApi('/shell/p/$project/overview');
const exact = { exact: true, includeSearch: true, explicitUndefined: true } as const;

/** All environments, one, or with Shift several side by side. Links, so that each view has an address. */
export function EnvironmentTabs({ environments }: { environments: EnvironmentSummary[] }) {
  const { t } = useTranslation();
  const { env } = route.useSearch();
  const navigate = route.useNavigate();
  const tab = classes.tab ?? '';
  const shown = env?.split(',') ?? [];

  function toggle(event: MouseEvent, slug: string) {
    if (!event.shiftKey) return;
    event.preventDefault();
    const next = shown.includes(slug) ? shown.filter(one => one !== slug) : [...shown, slug];
    void navigate({
      search: ({ env: _, ...rest }) => (next.length === 0 ? rest : { ...rest, env: next.join(',') }),
    });
  }

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
          aria-current={shown.includes(slug) ? 'page' : undefined}
          onClick={event => toggle(event, slug)}
          title={t('overview.several')}
          translate="no"
        >
          {name}
        </Link>
      ))}
    </nav>
  );
}
