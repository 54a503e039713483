import type { Gateway } from '../api/schema.ts';
import type { Tone } from '../ui/StatusPill.tsx';

/** How a gateway may be, and how that looks. */
const TONES = {
  'never-connected': 'waiting',
  healthy: 'good',
  degraded: 'warn',
  offline: 'bad',
  locked: 'bad',
  revoked: 'plain',
} as const satisfies Record<string, Tone>;

export type Standing = keyof typeof TONES;

/** The state as one that this page knows; null for one of a newer server. */
export function standingOf({ state }: Pick<Gateway, 'state'>): Standing | null {
  return Object.hasOwn(TONES, state) ? (state as Standing) : null;
}

export function toneOf(standing: Standing | null): Tone {
  return standing === null ? 'plain' : TONES[standing];
}

/** Whether something can be asked through it now. */
export function isHere({ tunnels }: Pick<Gateway, 'tunnels'>): boolean {
  return tunnels.length > 0;
}

/** Versions that differ from each other or from the server's, which is worth a look; null where all are one. */
export function skewOf(
  { version, tunnels }: Pick<Gateway, 'version' | 'tunnels'>,
  server: string | undefined,
): { of: 'instances' | 'server'; versions: string } | null {
  const running = [...new Set(tunnels.map(tunnel => tunnel.version))].sort();
  if (running.length > 1) return { of: 'instances', versions: running.join(', ') };
  const one = running[0] ?? version;
  return one == null || server === undefined || one === server ? null : { of: 'server', versions: server };
}

/** The shortest of its tunnels' last round trips, in milliseconds; null where none is known. */
export function roundTripOf({ tunnels }: Pick<Gateway, 'tunnels'>): number | null {
  const known = tunnels.flatMap(({ roundTripMs }) => roundTripMs ?? []);
  return known.length === 0 ? null : Math.min(...known);
}

/** The addresses of the proxies that its processes come through, each once. */
export function proxiesOf({ tunnels }: Pick<Gateway, 'tunnels'>): string[] {
  return [...new Set(tunnels.flatMap(({ proxy }) => proxy ?? []))].sort();
}

/** The least age in seconds at which something on the way closes tunnels; null where none was learned. */
export function closedAtAgeOf({ tunnels }: Pick<Gateway, 'tunnels'>): number | null {
  const known = tunnels.flatMap(({ closedAtAgeSeconds }) => closedAtAgeSeconds ?? []);
  return known.length === 0 ? null : Math.min(...known);
}

/** What its processes refused since each began; null where none has said. */
export function refusedOf({ tunnels }: Pick<Gateway, 'tunnels'>): number | null {
  const byProcess = new Map<string, number>();
  for (const { instance, refused } of tunnels) {
    // A process tells it over each of its tunnels, at other moments.
    if (refused != null) byProcess.set(instance, Math.max(refused, byProcess.get(instance) ?? 0));
  }
  return byProcess.size === 0 ? null : [...byProcess.values()].reduce((sum, refused) => sum + refused, 0);
}

/** How many processes its tunnels are of. */
export function instancesOf({ tunnels }: Pick<Gateway, 'tunnels'>): number {
  return new Set(tunnels.map(({ instance }) => instance)).size;
}
