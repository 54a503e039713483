import { afterEach, expect, test } from 'vitest';
import { dateOf, formatAbsolute, formatClock, lastDays } from './format.ts';
import { chooseClock, currentClock } from './zone.ts';

afterEach(() => chooseClock({ zone: null, hours: 'usual' }));

const LATE = '2026-01-01T23:30:00Z';

test('times are told in the chosen zone, and the day is that zone’s', () => {
  chooseClock({ zone: 'UTC' });
  expect(dateOf(LATE)).toBe('2026-01-01');
  chooseClock({ zone: 'Asia/Tokyo' });
  expect(dateOf(LATE)).toBe('2026-01-02');
  expect(formatClock(LATE, Date.parse('2026-01-02T01:00:00Z'))).not.toContain('2026');
});

test('hours are counted as chosen', () => {
  chooseClock({ zone: 'UTC', hours: 'h23' });
  expect(formatAbsolute(LATE)).toContain('23:30:00');
  chooseClock({ hours: 'h12' });
  expect(formatAbsolute(LATE)).toContain('11:30:00');
});

test('a choice is kept', () => {
  chooseClock({ zone: 'Asia/Tokyo' });
  expect(localStorage.getItem('mayfly.zone')).toBe('Asia/Tokyo');
  expect(currentClock().zone).toBe('Asia/Tokyo');
});

test('days begin at midnight of the zone, also around a change of its clocks', () => {
  chooseClock({ zone: 'Europe/Vienna' });
  // On 29 March 2026 an hour is skipped there.
  const days = lastDays(Date.parse('2026-03-30T10:00:00Z'), 3).map(at => new Date(at).toISOString());
  expect(days).toEqual(['2026-03-27T23:00:00.000Z', '2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z']);
});
