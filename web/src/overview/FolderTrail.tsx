import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import classes from './OverviewPage.module.css';

/** The way to the folder that is shown. */
export function FolderTrail({ path }: { path: string }) {
  const { t } = useTranslation();
  const parts = path.split('/').filter(part => part !== '');
  const steps = parts.map((name, index) => ({ name, path: `/${parts.slice(0, index + 1).join('/')}` }));
  if (steps.length === 0) return null;
  return (
    <nav className={classes.trail} aria-label={t('overview.folder')}>
      <Link from="/p/$project/overview" to="/p/$project/overview" search={({ path: _, ...rest }) => rest}>
        {t('overview.root')}
      </Link>
      {steps.map((step, index) => (
        <span key={step.path} translate="no">
          <span aria-hidden="true">/ </span>
          {index === steps.length - 1 ? (
            <span aria-current="page">{step.name}</span>
          ) : (
            <Link
              from="/p/$project/overview"
              to="/p/$project/overview"
              search={rest => ({ ...rest, path: step.path })}
            >
              {step.name}
            </Link>
          )}
        </span>
      ))}
    </nav>
  );
}
