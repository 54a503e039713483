import { useTranslation } from 'react-i18next';
import type { LoggedEvent } from '../api/schema.ts';
import { Moment } from '../ui/Moment.tsx';

/** When somebody signed in, and from where. */
export function SignIn({ event }: { event: LoggedEvent }) {
  const { t } = useTranslation();
  return (
    <>
      <Moment at={event.createdAt} />
      {event.ipAddress != null && (
        <>
          {' '}
          {t('access.fromAddress')}{' '}
          <span className="mono" translate="no">
            {event.ipAddress}
          </span>
        </>
      )}
    </>
  );
}
