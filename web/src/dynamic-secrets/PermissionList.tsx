import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { asApiError } from '../api/problem.ts';
import type { DynamicSecret } from '../api/schema.ts';
import { Notice } from '../ui/Notice.tsx';
import { dangersOf, lineOf, type Rule } from './dangers.ts';
import classes from './PermissionList.module.css';
import { previewQuery } from './preview.ts';

/** What a token may do, dangers first, with where that is known from. It never holds up asking for one. */
export function PermissionList({ secret, namespace }: { secret: DynamicSecret; namespace: string }) {
  const { t } = useTranslation();
  const own = secret.inputs?.rules as Rule[] | null | undefined;
  const query = previewQuery(secret, namespace);
  const preview = useQuery(query);
  const grants = own != null ? [] : (preview.data?.grants ?? []);
  const lines = own ?? grants.flatMap(grant => grant.rules as Rule[]);
  if (own == null && query.enabled === false) return <Unknown why={t('permissions.ownConnection')} />;
  if (own == null && preview.data === undefined && preview.error !== null) {
    const error = asApiError(preview.error);
    return <Unknown why={error.isForbidden ? t('permissions.forbidden') : error.message} />;
  }
  if (own == null && preview.data === undefined) {
    return (
      <Text size="sm" c="dimmed">
        {t('permissions.reading')}
      </Text>
    );
  }
  const dangers = dangersOf(lines);
  const isPartial = preview.data !== undefined && (!preview.data.isComplete || preview.data.isCut);
  return (
    <div className={classes.permissions}>
      {dangers.length > 0 && (
        <Notice tone="warn">
          <ul className={classes.dangers}>
            {dangers.map(danger => (
              <li key={danger}>{t(`permissions.dangers.${danger}`)}</li>
            ))}
          </ul>
        </Notice>
      )}
      <details>
        <summary>{t('permissions.rules', { count: lines.length })}</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard */}
        <ul className={classes.lines} tabIndex={0} translate="no">
          {[...new Set(lines.map(lineOf))].map(line => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      </details>
      <Text size="xs" c="dimmed">
        {t(own == null ? 'permissions.source' : 'permissions.sourceOwn')}{' '}
        {isPartial && t('permissions.partial', { missing: preview.data?.missing.join(', ') })}
      </Text>
    </div>
  );
}

function Unknown({ why }: { why: string }) {
  const { t } = useTranslation();
  return (
    <Text size="sm" c="dimmed">
      {t('permissions.unknown')} {why}
    </Text>
  );
}
