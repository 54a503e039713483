import type { TFunction } from 'i18next';
import { formatDuration, parseDuration } from '../time/duration.ts';
import type { Bounds } from './TtlField.tsx';

/** What is wrong with a lifetime, each fault in its own words, or nothing. */
export function ttlFault(t: TFunction, text: string, bounds: Bounds): string | undefined {
  if (text.trim() === '') return t('ui.ttlMissing');
  if (/^\s*0+\s*[smhdwy]\s*$/.test(text)) return t('ui.ttlNothing');
  const seconds = parseDuration(text);
  if (seconds === null) return t('ui.ttlUnreadable');
  if (seconds < bounds.least) return t('ui.ttlTooShort', { least: formatDuration(bounds.least) });
  if (bounds.most !== null && seconds > bounds.most)
    return t('ui.ttlTooLong', { most: formatDuration(bounds.most) });
  return undefined;
}
