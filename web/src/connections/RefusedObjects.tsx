import { useTranslation } from 'react-i18next';
import type { RefusedObject } from '../api/schema.ts';
import { lineOf } from '../dynamic-secrets/dangers.ts';
import classes from './RefusedObjects.module.css';
import { ungranted } from './refusal.ts';

/** What a lease would have to make and could not, when that was tried without keeping it. */
export function RefusedObjects({ refused }: { refused: RefusedObject[] }) {
  const { t } = useTranslation();
  return (
    <ul className={classes.refused} aria-label={t('clusters.refused')}>
      {refused.map(({ object, why }) => (
        <li key={object}>
          {t('clusters.refusedOne')} <span translate="no">{object}</span>
          <Ungranted why={why} />
          <details>
            <summary>{t('clusters.clusterSaid')}</summary>
            <span translate="no">{why}</span>
          </details>
        </li>
      ))}
    </ul>
  );
}

/** Nobody gives away in a cluster what they do not hold themselves, unless they may bind the role. */
function Ungranted({ why }: { why: string }) {
  const { t } = useTranslation();
  const rules = ungranted(why);
  if (rules.length === 0) return null;
  return (
    <>
      <div>{t('clusters.ungranted')}</div>
      <ul className={classes.rules} translate="no">
        {rules.map(rule => (
          <li key={lineOf(rule)}>{lineOf(rule)}</li>
        ))}
      </ul>
    </>
  );
}
