import { api, body } from '../api/client.ts';
import type { IssuedLease, Lease } from '../api/schema.ts';
import type { Place } from '../leases/queries.ts';
import { parseDuration } from '../time/duration.ts';

/** A token that was just handed out. Whoever holds one of these drops it as soon as its dialog closes. */
export interface Issued {
  /** The dynamic secret's. */
  name: string;
  lease: Lease;
  token: string;
  /** Whether the cluster knew the token before it was handed out. */
  isVerified: boolean;
  askedSeconds: number | null;
  /** The lease whose place this one took, as it is now. */
  replaced: Lease | null;
}

export interface Wish {
  place: Place;
  name: string;
  ttl: string;
  namespace: string | null;
  reason: string;
  /** A live lease that ends once this one is issued. */
  replaces: string | null;
  isVerified: boolean;
  /** The same for a second try of the same wish, so that one lost answer is no second token. */
  key: string;
}

/** Asks for a token. On purpose no mutation of the cache's library: that would remember the answer. */
export async function issue(wish: Wish): Promise<Issued> {
  const answer = await body(
    api.POST('/api/v1/dynamic-secrets/leases', {
      params: { header: { 'Idempotency-Key': wish.key } },
      body: {
        ...wish.place,
        dynamicSecretName: wish.name,
        ttl: wish.ttl,
        verify: wish.isVerified,
        ...(wish.namespace === null ? {} : { config: { namespace: wish.namespace } }),
        ...(wish.replaces === null ? {} : { replaces: wish.replaces }),
        ...(wish.reason.trim() === '' ? {} : { reason: wish.reason.trim() }),
      },
    }),
  );
  return fromAnswer(answer, wish.isVerified, parseDuration(wish.ttl));
}

/** The token in an answer that hands one out. */
export function fromAnswer(answer: IssuedLease, isVerified: boolean, askedSeconds: number | null): Issued {
  const data = answer.data as Record<string, unknown>;
  return {
    name: answer.dynamicSecret.name,
    lease: answer.lease,
    token: String(data.TOKEN),
    isVerified,
    askedSeconds,
    replaced: answer.replaced ?? null,
  };
}
