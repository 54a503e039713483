import type { LoggedEvent } from '../api/schema.ts';

/** One try to remove what was made for a lease. */
export interface Attempt {
  id: string;
  at: string;
  isDone: boolean;
  /** Why it is not done; null where it is. */
  why: string | null;
}

/** What the audit log tells of a lease beyond what the lease tells itself. */
export interface Course {
  asked: number | null;
  granted: number | null;
  attempts: Attempt[];
  /** Objects that are there still, as far as the last try told, such as `ServiceAccount team-a/mayfly-7f3a`. */
  left: string[];
  /** Objects that the cluster was seen to have no more. */
  gone: string[];
}

interface Told {
  tokenSecondsAsked?: number;
  tokenSecondsGranted?: number;
  why?: string;
  left?: string[];
  removed?: string[];
  absent?: string[];
}

const TRIES = ['clean-up-dynamic-secret-lease', 'delay-dynamic-secret-lease-clean-up'];

/** From events in any order. */
export function courseOf(events: LoggedEvent[]): Course {
  const sorted = [...events].sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  const told = (event: LoggedEvent | undefined): Told => (event?.metadata ?? {}) as Told;
  const issued = told(sorted.find(({ kind }) => kind === 'create-dynamic-secret-lease'));
  const tries = sorted.filter(({ kind }) => TRIES.includes(kind));
  const last = told(sorted.find(event => told(event).left !== undefined || TRIES.includes(event.kind)));
  return {
    asked: issued.tokenSecondsAsked ?? null,
    granted: issued.tokenSecondsGranted ?? null,
    attempts: tries.map(event => ({
      id: event.id,
      at: event.createdAt,
      isDone: event.outcome === 'success',
      why: told(event).why ?? null,
    })),
    left: last.left ?? [],
    gone: [
      ...new Set(tries.flatMap(event => [...(told(event).removed ?? []), ...(told(event).absent ?? [])])),
    ],
  };
}

/** Commands that remove what is left, for somebody who may do so in the cluster. */
export function commandsFor(left: string[]): string {
  return left.map(commandFor).join('\n');
}

function commandFor(object: string): string {
  const [kind = '', name = ''] = object.split(' ');
  const [namespace, own] = name.includes('/') ? name.split('/') : [null, name];
  const where = namespace === null ? '' : `--namespace ${namespace} `;
  return `kubectl ${where}delete ${kind.toLowerCase()} ${own} --ignore-not-found`;
}
