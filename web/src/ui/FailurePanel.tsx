import { useTranslation } from 'react-i18next';
import { asApiError } from '../api/problem.ts';
import { StatePanel } from './StatePanel.tsx';

interface Props {
  failure: unknown;
  onRetry?: () => void;
  isPage?: boolean;
}

/** What failed, why, and what to do: chosen by what the server answered. */
export function FailurePanel({ failure, onRetry, isPage }: Props) {
  const { t } = useTranslation();
  const error = asApiError(failure);
  const reference = { requestId: error.requestId, isPage };
  if (error.isForbidden) {
    return (
      <StatePanel kind="forbidden" title={t('state.forbidden')} {...reference}>
        {t('state.forbiddenWhy')} <span translate="no">{error.message}</span>
      </StatePanel>
    );
  }
  if (error.isNotFound) {
    return (
      <StatePanel kind="missing" title={t('state.missing')} {...reference}>
        {t('state.missingWhy')}
      </StatePanel>
    );
  }
  if (error.isUnreachable) {
    return (
      <StatePanel kind="unreachable" title={t('state.unreachable')} onRetry={onRetry} isPage={isPage}>
        {t('state.unreachableWhy')}
      </StatePanel>
    );
  }
  return (
    <StatePanel kind="error" title={t('state.error')} onRetry={onRetry} {...reference}>
      <span translate="no">{error.message}</span>
    </StatePanel>
  );
}
