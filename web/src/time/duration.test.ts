import { expect, test } from 'vitest';
import { formatCountdown, formatDuration, parseDuration } from './duration.ts';

test.each([
  ['90m', 5400],
  [' 1h ', 3600],
  ['1d', 86_400],
  ['0m', null],
  ['1h30m', null],
  ['60', null],
  ['abc', null],
  ['', null],
])('%s is %s seconds', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds);
});

test.each([
  [5400, '90m'],
  [7200, '2h'],
  [86_400, '1d'],
  [61, '61s'],
])('%s seconds read as %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

test('a countdown never goes below nothing, and never shows more than is left', () => {
  expect(formatCountdown(-5)).toBe('00:00');
  expect(formatCountdown(59_900)).toBe('00:59');
  expect(formatCountdown(3_723_000)).toBe('1:02:03');
});
