import { expect, test } from 'vitest';
import { ApiError } from '../api/problem.ts';
import { certificateOf, fingerprint, stepsOf, stepsUntil } from './test-steps.ts';

const states = (steps: { name: string; state: string }[]) => steps.map(({ state }) => state);

function refusal(details: object | null, code = 'cluster_refused') {
  return new ApiError(400, { code, message: 'no', details: details as never });
}

const FOUND = {
  isPassed: true,
  who: 'issuer',
  cluster: 'uid',
  rights: [],
  refused: [],
  steps: [
    { step: 'connect', milliseconds: 3 },
    { step: 'whoAmI', milliseconds: 9 },
  ],
};

test('a test that went through has the times of its parts, as far as they were measured', () => {
  const steps = stepsOf(FOUND);
  expect(states(steps)).toEqual(['passed', 'passed', 'passed', 'passed']);
  expect(steps.map(({ milliseconds }) => milliseconds)).toEqual([3, null, 9, null]);
  expect(states(stepsOf({ ...FOUND, isPassed: false })).at(-1)).toBe('failed');
});

test('what comes after the part that failed was not run', () => {
  const at = (step: string, call = 'read_version') => states(stepsUntil(refusal({ step, call })));
  expect(at('connect')).toEqual(['failed', 'notRun', 'notRun', 'notRun']);
  expect(at('handshake')).toEqual(['passed', 'failed', 'notRun', 'notRun']);
  expect(at('answer')).toEqual(['passed', 'passed', 'failed', 'notRun']);
  expect(at('answer', 'review_access')).toEqual(['passed', 'passed', 'passed', 'failed']);
  expect(states(stepsUntil(refusal(null, 'cluster_unreachable')))[0]).toBe('failed');
});

test('a refusal that never asked the cluster has no parts', () => {
  expect(stepsUntil(refusal(null, 'permission_denied'))).toEqual([]);
  expect(stepsUntil(refusal({ step: 'prepare' }))).toEqual([]);
});

test('the certificate that was shown is read where there is one', () => {
  expect(certificateOf(refusal({ certificate: { issuer: 'CN=x', sha256: '9f2c' } }))?.issuer).toBe('CN=x');
  expect(certificateOf(refusal({ certificate: null }))).toBeNull();
  expect(fingerprint('9f2c01')).toBe('9f:2c:01');
});
