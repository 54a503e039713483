import { useTranslation } from 'react-i18next';
import { StatusPill, type Tone } from '../ui/StatusPill.tsx';

const TONES = { success: 'good', failure: 'bad', denied: 'bad' } as const satisfies Record<string, Tone>;

export function Outcome({ outcome }: { outcome: string }) {
  const { t } = useTranslation();
  const known = outcome === 'success' || outcome === 'denied' ? outcome : 'failure';
  return <StatusPill tone={TONES[known]} label={t(`audit.outcomes.${known}`)} />;
}
