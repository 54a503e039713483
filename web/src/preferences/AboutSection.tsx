import { useSuspenseQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { statusQuery } from '../session/queries.ts';
import { formatAbsolute } from '../time/format.ts';
import { useNow } from '../time/use-now.ts';
import { Fact, Facts } from '../ui/Facts.tsx';
import { Panel } from '../ui/Panel.tsx';

/** What runs here. Times are told by the server's clock, so how far this machine's is off is worth knowing. */
export function AboutSection() {
  const { t } = useTranslation();
  const { data: status } = useSuspenseQuery(statusQuery);
  const now = useNow();
  const off = Math.abs(Math.round((Date.now() - now) / 1000));
  return (
    <Panel title={t('preferences.server')}>
      <Facts>
        <Fact name={t('preferences.version')}>
          <span translate="no">{`Mayfly ${status.version}`}</span>
        </Fact>
        <Fact name={t('preferences.address')}>
          <span translate="no">{location.origin}</span>
        </Fact>
        <Fact name={t('preferences.serverClock')}>
          <span translate="no">{formatAbsolute(now)}</span>
        </Fact>
        <Fact name={t('preferences.clockOff')}>{t('preferences.seconds', { count: off })}</Fact>
        <Fact name={t('preferences.licence')}>
          <span translate="no">Apache-2.0</span>
        </Fact>
        <Fact name={t('preferences.description')}>
          <a href="/api/openapi.json" translate="no">
            /api/openapi.json
          </a>
        </Fact>
      </Facts>
    </Panel>
  );
}
