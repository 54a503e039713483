import { asApiError } from '../api/problem.ts';

/** What was done in several places, one after the other; the first that fails keeps none of the others. */
export interface Refusal {
  where: string;
  why: string;
}

export async function inEach<Place>(
  places: Place[],
  nameOf: (place: Place) => string,
  act: (place: Place) => Promise<unknown>,
): Promise<Refusal[]> {
  const refused: Refusal[] = [];
  for (const place of places) {
    try {
      await act(place);
    } catch (failure) {
      refused.push({ where: nameOf(place), why: asApiError(failure).message });
    }
  }
  return refused;
}
