import { formatDuration } from '../time/duration.ts';

/** What is asked for, as far as people read it. The description of the API leaves its shape open, so it is read with care. */
export type Wish =
  | {
      kind: 'lease';
      name: string;
      environmentSlug: string;
      path: string;
      ttl: string;
      namespace: string | null;
    }
  | { kind: 'policy'; environmentSlug: string; rules: string }
  | { kind: 'connection'; name: string; approval: string }
  | { kind: 'other'; text: string };

type Facts = Record<string, unknown>;

export function readWish(wish: unknown): Wish {
  const facts = wish as Facts;
  const place = (facts.place ?? {}) as Facts;
  switch (facts.type) {
    case 'issue-lease':
      return {
        kind: 'lease',
        name: String(facts.name),
        environmentSlug: String(place.environmentSlug),
        path: String(place.path),
        ttl: formatDuration(Number(facts.ttlSeconds)),
        namespace: typeof facts.namespace === 'string' ? facts.namespace : null,
      };
    case 'loosen-policy':
      return {
        kind: 'policy',
        environmentSlug: String(facts.environmentSlug),
        rules: JSON.stringify(facts.rules),
      };
    case 'loosen-connection':
      return { kind: 'connection', name: String(facts.name), approval: JSON.stringify(facts.approval) };
    default:
      return { kind: 'other', text: JSON.stringify(wish) };
  }
}
