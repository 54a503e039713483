import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { ApiError } from '../api/problem.ts';
import type { Place } from '../leases/queries.ts';
import { Notice } from '../ui/Notice.tsx';

/** Why no token was handed out, and what that leaves behind. */
export function IssueFailure({ failure, place }: { failure: ApiError; place: Place }) {
  const { t } = useTranslation();
  if (failure.code === 'approval_required') {
    return (
      <Notice tone="warn">
        {t('secrets.approvalAsked')}{' '}
        <Link to="/approvals" search={{ project: place.projectSlug }}>
          {t('places.approvals')}
        </Link>
      </Notice>
    );
  }
  if (failure.code === 'idempotency_key_used') return <Notice tone="bad">{t('secrets.answerLost')}</Notice>;
  if (failure.isUnreachable) return <Notice tone="bad">{t('secrets.answerUnknown')}</Notice>;
  return (
    <Notice tone="bad">
      <span translate="no">{failure.message}</span>
    </Notice>
  );
}
