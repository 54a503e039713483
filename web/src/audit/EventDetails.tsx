import { Stack } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { LoggedEvent } from '../api/schema.ts';
import { formatAbsolute } from '../time/format.ts';
import { CopyButton } from '../ui/CopyButton.tsx';
import { Fact, Facts } from '../ui/Facts.tsx';
import { Snippet } from '../ui/Snippet.tsx';
import { Outcome } from './Outcome.tsx';
import { aboutOf, nameOf, reasonOf } from './words-of.ts';

/** One event: what people ask for first, then all of it. */
export function EventDetails({ event }: { event: LoggedEvent }) {
  const { t } = useTranslation();
  const value = (text: string | null) => <span translate="no">{text ?? '–'}</span>;
  return (
    <Stack gap="md">
      <Facts>
        <Fact name={t('audit.at')}>{value(formatAbsolute(event.createdAt))}</Fact>
        <Fact name={t('audit.outcome')}>
          <Outcome outcome={event.outcome} />
        </Fact>
        <Fact name={t('leases.who')}>{value(nameOf(event.actor))}</Fact>
        <Fact name={t('audit.about')}>{value(aboutOf(event))}</Fact>
        <Fact name={t('leases.reason')}>{value(reasonOf(event))}</Fact>
        <Fact name={t('audit.from')}>
          {value([event.ipAddress, event.userAgent].filter(Boolean).join(' · ') || null)}
        </Fact>
        {event.leaseId != null && (
          <Fact name={t('audit.lease')}>
            <Link to="/audit" search={{ lease: event.leaseId }} translate="no">
              {event.leaseId}
            </Link>
          </Fact>
        )}
      </Facts>
      <div>
        <CopyButton text={`${location.origin}/audit/${event.id}`} label={t('audit.copyLink')} />
      </div>
      <Snippet label={t('audit.whole')} text={JSON.stringify(event, null, 2)} />
    </Stack>
  );
}
