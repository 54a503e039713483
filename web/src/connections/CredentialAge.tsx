import { useTranslation } from 'react-i18next';
import type { ClusterConnection } from '../api/schema.ts';
import { formatRelative } from '../time/format.ts';
import { useNow } from '../time/use-now.ts';
import { StatusPill } from '../ui/StatusPill.tsx';

const SOON = 3 * 86_400_000;

/** How long the stored token is good for, where it says so itself. */
export function CredentialAge({ connection }: { connection: ClusterConnection }) {
  const { t } = useTranslation();
  const now = useNow();
  const { authMethod, tokenExpiresAt, renewsToken, renewalProblem, clusterTokenFile } = connection;
  if (authMethod === 'gateway') return <StatusPill tone="plain" label={t('secrets.ofGateway')} />;
  if (renewalProblem != null) return <StatusPill tone="bad" label={t('clusters.renewalFails')} />;
  if (clusterTokenFile != null) return <StatusPill tone="plain" label={t('clusters.fromFile')} />;
  if (tokenExpiresAt == null) return <StatusPill tone="plain" label={t('clusters.noEnd')} />;
  const left = Date.parse(tokenExpiresAt) - now;
  const words =
    left <= 0 ? 'clusters.tokenEnded' : renewsToken ? 'clusters.tokenRenewed' : 'clusters.tokenEnds';
  const tone = left <= 0 ? 'bad' : left < SOON && !renewsToken ? 'warn' : 'good';
  return <StatusPill tone={tone} label={t(words, { when: formatRelative(tokenExpiresAt, now) })} />;
}
