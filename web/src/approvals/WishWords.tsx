import { useTranslation } from 'react-i18next';
import type { Wish } from './wish.ts';

/** What is asked for, in words. */
export function WishWords({ wish }: { wish: Wish }) {
  const { t } = useTranslation();
  switch (wish.kind) {
    case 'lease':
      return (
        <>
          {t('approvals.lease')}{' '}
          <strong translate="no">
            {[wish.name, wish.environmentSlug, wish.ttl, wish.namespace].filter(Boolean).join(' · ')}
          </strong>
        </>
      );
    case 'policy':
      return (
        <>
          {t('approvals.policy')} <span translate="no">{`${wish.environmentSlug}: ${wish.rules}`}</span>
        </>
      );
    case 'connection':
      return (
        <>
          {t('approvals.connection')} <span translate="no">{`${wish.name}: ${wish.approval}`}</span>
        </>
      );
    case 'other':
      return <span translate="no">{wish.text}</span>;
  }
}
