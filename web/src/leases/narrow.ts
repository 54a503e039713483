import type { Lease } from '../api/schema.ts';

/** What narrows leases down beyond what the server can be asked for. */
export interface Narrowing {
  /** Part of a name, a reason or an account. */
  q?: string;
  who?: 'me';
  ends?: 'soon';
}

const HOUR = 3_600_000;

export function isNarrow({ q, who, ends }: Narrowing): boolean {
  return q !== undefined || who !== undefined || ends !== undefined;
}

/** Those that fit; `nameOf` is the name of a lease's dynamic secret, as far as it is known. */
export function narrowed(
  leases: Lease[],
  { q, who, ends }: Narrowing,
  userId: string,
  now: number,
  nameOf: (lease: Lease) => string,
): Lease[] {
  const words = q?.toLowerCase().split(/\s+/) ?? [];
  return leases.filter(lease => {
    const text = [lease.holder.name, lease.reason, lease.namespace, lease.serviceAccountName, nameOf(lease)]
      .join(' ')
      .toLowerCase();
    const left = Date.parse(lease.expireAt) - now;
    return (
      words.every(word => text.includes(word)) &&
      (who === undefined || lease.holder.id === userId) &&
      (ends === undefined || (lease.state === 'active' && left > 0 && left < HOUR))
    );
  });
}
