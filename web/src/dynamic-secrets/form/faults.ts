import type { TFunction } from 'i18next';
import { parseDuration } from '../../time/duration.ts';
import type { Draft } from './draft.ts';
import { draftFor } from './overrides.ts';

type Lifetimes = Pick<Draft, 'defaultTTL' | 'maxTTL'>;

/** What can be told without asking anybody. What is of one environment only has its slug before the field's name. */
export function ownFaults(draft: Draft, environments: string[], t: TFunction): Record<string, string> {
  const all = environments.flatMap(slug => {
    const own = Object.entries(faultsOf(draftFor(draft, slug), t));
    return own.map(([field, fault]) => [`${slug}.${field}`, fault] as const);
  });
  return { ...Object.fromEntries(all), ...faultsOf(draft, t) };
}

function faultsOf({ defaultTTL, maxTTL }: Lifetimes, t: TFunction): Record<string, string> {
  const usual = parseDuration(defaultTTL);
  const most = maxTTL.trim() === '' ? Number.POSITIVE_INFINITY : parseDuration(maxTTL);
  return {
    ...(usual === null ? { defaultTTL: t('ui.ttlUnreadable') } : {}),
    ...(most === null ? { maxTTL: t('ui.ttlUnreadable') } : {}),
    ...(usual !== null && most !== null && usual > most ? { maxTTL: t('form.maxBelowDefault') } : {}),
  };
}
