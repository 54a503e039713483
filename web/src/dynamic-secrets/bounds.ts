import type { DynamicSecret, EnvironmentPolicy } from '../api/schema.ts';
import { parseDuration } from '../time/duration.ts';
import type { Bounds } from '../ui/TtlField.tsx';
import { endingOf } from './ending.ts';

/** Kubernetes issues no token for less; only what can be taken back may end sooner. */
const LEAST_OF_KUBERNETES = 600;
const LEAST_OF_MAYFLY = 60;

/** How long a lease may be: the tightest of what is known here. The server knows its own limit besides. */
export function boundsOf(secret: DynamicSecret, policy: EnvironmentPolicy | undefined): Bounds {
  const limits = [secret.maxTTL, policy?.maxTTL].flatMap(text =>
    text == null ? [] : (parseDuration(text) ?? []),
  );
  return {
    least: endingOf(secret) === 'revoked' ? LEAST_OF_MAYFLY : LEAST_OF_KUBERNETES,
    most: limits.length === 0 ? null : Math.min(...limits),
  };
}
