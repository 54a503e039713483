import type { ApiError } from '../api/problem.ts';
import type { ClusterConnectionTest } from '../api/schema.ts';

/** The parts of a test, in their order. */
const STEPS = ['connect', 'tls', 'whoAmI', 'rights'] as const;

export interface Step {
  name: (typeof STEPS)[number];
  state: 'passed' | 'failed' | 'notRun';
  milliseconds: number | null;
}

/** What was shown by somebody who is not believed to be the API server. */
export interface Certificate {
  issuer: string;
  sha256: string;
}

/** The parts of a test that got an answer. What it found missing is about rights. */
export function stepsOf(test: ClusterConnectionTest): Step[] {
  const times = new Map((test.steps ?? []).map(({ step, milliseconds }) => [step, milliseconds ?? null]));
  return STEPS.map(name => ({
    name,
    state: name === 'rights' && !test.isPassed ? 'failed' : 'passed',
    milliseconds: times.get(name) ?? null,
  }));
}

/** The parts of a test that ended before its end; none where it never began. */
export function stepsUntil(error: ApiError): Step[] {
  const failed = failedStep(error);
  if (failed === null) return [];
  const end = STEPS.indexOf(failed);
  return STEPS.map((name, index) => ({
    name,
    state: index < end ? 'passed' : index === end ? 'failed' : 'notRun',
    milliseconds: null,
  }));
}

function failedStep({ code, details }: ApiError): Step['name'] | null {
  if (details.step === 'resolve' || details.step === 'connect') return 'connect';
  if (details.step === 'handshake') return 'tls';
  if (details.step === 'send' || details.step === 'answer') return stepOfCall(details.call);
  // The server does not tell a closed port from a silent one.
  return code === 'cluster_unreachable' || code === 'cluster_timed_out' ? 'connect' : null;
}

function stepOfCall(call: unknown): Step['name'] {
  return call === 'read_version' || call === 'review_self' ? 'whoAmI' : 'rights';
}

export function certificateOf({ details }: ApiError): Certificate | null {
  const shown = details.certificate;
  const isShown = (value: unknown): value is Certificate =>
    typeof value === 'object' && value !== null && 'issuer' in value && 'sha256' in value;
  return isShown(shown) ? shown : null;
}

/** As other tools write fingerprints: `9f:2c:…`. */
export function fingerprint(sha256: string): string {
  return sha256.match(/../g)?.join(':') ?? sha256;
}
