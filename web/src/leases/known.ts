import { useDebouncedValue } from '@mantine/hooks';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { api, body } from '../api/client.ts';

/** A person, a machine or a dynamic secret that leases know, to choose from. */
interface Known {
  value: string;
  label: string;
}

interface Asked {
  projectSlug?: string;
  q?: string;
  holderId?: string;
  dynamicSecretId?: string;
}

/** Who holds leases and what they are of, among the newest hundred that fit. */
const knownQuery = (asked: Asked) =>
  queryOptions({
    queryKey: ['leases', asked.projectSlug ?? '*', 'known', asked],
    queryFn: async ({ signal }) => {
      const query = { ...asked, limit: 100 };
      const { leases } = await body(api.GET('/api/v1/leases', { params: { query }, signal }));
      const holders = leases.flatMap(({ holder: { id, name } }): Known[] =>
        id == null ? [] : [{ value: id, label: name }],
      );
      const secrets = leases.map(
        ({ dynamicSecretId, dynamicSecretName, environmentSlug }): Known => ({
          value: dynamicSecretId,
          label: [dynamicSecretName, environmentSlug].filter(Boolean).join(' · '),
        }),
      );
      return { holderId: holders, dynamicSecretId: secrets };
    },
    staleTime: 30_000,
  });

/** What there is to choose from, and what is told of the typing: the server is asked for whatever is not known here yet. */
export function useKnown(
  of: 'holderId' | 'dynamicSecretId',
  projectSlug: string | undefined,
  chosen: string | undefined,
): [Known[], (typed: string) => void] {
  const [typed, setTyped] = useState('');
  const [q] = useDebouncedValue(typed, 200);
  const seen = useRef(new Map<string, Known>());
  const place = projectSlug === undefined ? {} : { projectSlug };
  const newest = useQuery(knownQuery(place));
  // A choice stands in the field in its own words, and those are nothing that somebody typed.
  const isTyped = q !== '' && ![...seen.current.values()].some(({ label }) => label === q);
  const found = useQuery({ ...knownQuery({ ...place, q }), enabled: newest.isSuccess && isTyped });
  const isUnknown = newest.isSuccess && chosen !== undefined && chosen !== 'me' && !seen.current.has(chosen);
  const one = useQuery({ ...knownQuery({ ...place, [of]: chosen }), enabled: isUnknown });
  for (const { data } of [newest, found, one])
    for (const known of data?.[of] ?? []) seen.current.set(known.value, known);
  const choices = [...seen.current.values()].sort((a, b) => a.label.localeCompare(b.label));
  return [choices, setTyped];
}
