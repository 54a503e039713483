import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Project } from '../api/schema.ts';
import { useOnce } from '../ui/use-once.ts';
import { inEach, type Refusal } from './in-each.ts';
import type { FolderRow } from './use-matrix.ts';

type FolderPlace = FolderRow['places'][number];

/** One act on a folder in each of the chosen environments that have it. It is over when none refused. */
export function useFolderAct(project: Project, { places }: FolderRow, onDone: () => void) {
  const client = useQueryClient();
  const [chosen, setChosen] = useState(places.map(({ environment }) => environment.slug));
  const [refused, setRefused] = useState<Refusal[]>([]);
  const { isBusy, once } = useOnce();

  async function inChosen(act: (place: FolderPlace) => Promise<unknown>) {
    const wanted = places.filter(({ environment }) => chosen.includes(environment.slug));
    const left = await inEach(wanted, ({ environment }) => environment.name, act);
    await Promise.all(
      [
        ['folders', project.id],
        ['dynamic-secrets', project.slug],
        ['places', project.slug],
        ['leases', project.slug],
      ].map(queryKey => client.invalidateQueries({ queryKey })),
    );
    setRefused(left);
    if (left.length === 0) onDone();
    else
      setChosen(
        wanted
          .filter(({ environment }) => left.some(({ where }) => where === environment.name))
          .map(({ environment }) => environment.slug),
      );
  }

  const run = (act: (place: FolderPlace) => Promise<unknown>) => once(() => inChosen(act));
  return { chosen, setChosen, refused, isBusy, run };
}
