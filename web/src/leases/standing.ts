import type { Lease } from '../api/schema.ts';
import type { Tone } from '../ui/StatusPill.tsx';

type Standing =
  | 'issuing'
  | 'active'
  | 'soon'
  | 'expired'
  | 'livesOn'
  | 'revoking'
  | 'failing'
  | 'revoked'
  | 'forgotten'
  | 'neverIssued'
  | 'possiblyIssued';

const TONES: Record<Standing, Tone> = {
  issuing: 'waiting',
  active: 'good',
  soon: 'warn',
  expired: 'plain',
  livesOn: 'warn',
  revoking: 'waiting',
  failing: 'bad',
  revoked: 'plain',
  forgotten: 'bad',
  neverIssued: 'plain',
  possiblyIssued: 'bad',
};

const SOON = 5 * 60_000;

/** How a lease stands: what the server knows of it, and what time has made of that since. */
export function standingOf(lease: Lease, now: number): Standing {
  const isPast = (at: string | null | undefined) => at != null && Date.parse(at) <= now;
  switch (lease.state) {
    case 'reserved':
      return 'issuing';
    case 'active':
      if (isPast(lease.expireAt)) return livesOn(lease, now) ? 'revoking' : 'expired';
      return Date.parse(lease.expireAt) - now < SOON ? 'soon' : 'active';
    case 'closed':
      return isPast(lease.tokenExpiresAt ?? lease.expireAt) ? 'expired' : 'livesOn';
    case 'ending':
      return lease.status === 'Failed to delete' ? 'failing' : 'revoking';
    default:
      return outcomeOf(lease.outcome);
  }
}

/** Whether a lease whose time is up has a token that the cluster accepts until it is taken back. */
function livesOn({ endsWhen, tokenExpiresAt }: Lease, now: number): boolean {
  return endsWhen === 'deleted' && tokenExpiresAt != null && Date.parse(tokenExpiresAt) > now;
}

function outcomeOf(outcome: string | null | undefined): Standing {
  switch (outcome) {
    case 'revoked':
      return 'revoked';
    case 'forgotten':
      return 'forgotten';
    case 'never_issued':
      return 'neverIssued';
    case 'possibly_issued':
      return 'possiblyIssued';
    default:
      return 'expired';
  }
}

export function toneOf(standing: Standing): Tone {
  return TONES[standing];
}

/** Whether somebody can still end it early. */
export function canEnd(lease: Lease, now: number): boolean {
  return lease.state === 'active' && Date.parse(lease.expireAt) > now;
}
