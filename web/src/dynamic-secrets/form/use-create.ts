import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '../../api/client.ts';
import { ApiError, asApiError } from '../../api/problem.ts';
import type { Place } from '../../leases/queries.ts';
import { requestOf } from './as-code.ts';
import type { Draft } from './draft.ts';
import type { Outcome } from './Outcomes.tsx';

/** Saves a draft in one environment or in several. Asked again, it leaves alone where it is saved already. */
export function useCreate(places: Place[]) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [outcomes, setOutcomes] = useState<ReadonlyMap<string, Outcome>>(new Map());

  async function create(draft: Draft): Promise<void> {
    const left = places.filter(({ environmentSlug }) => outcomes.get(environmentSlug) !== null);
    const tried = await Promise.all(left.map(place => save(draft, place)));
    await client.invalidateQueries({ queryKey: ['dynamic-secrets', places[0]?.projectSlug] });
    const failed = tried.flatMap(([, outcome]) => outcome ?? []);
    // Of one environment the fields themselves say what is wrong.
    if (places.length === 1 && failed[0] !== undefined) throw failed[0];
    setOutcomes(before => new Map([...before, ...tried]));
    if (failed.length > 0)
      throw new ApiError(0, { code: 'partly', message: t('form.partly', { count: failed.length }) });
  }

  return { create, outcomes };
}

async function save(draft: Draft, place: Place): Promise<[string, Outcome]> {
  try {
    await body(api.POST('/api/v1/dynamic-secrets', { body: requestOf(draft, place) }));
    return [place.environmentSlug, null];
  } catch (failure) {
    return [place.environmentSlug, asApiError(failure)];
  }
}
