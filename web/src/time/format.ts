import { type Clock, currentClock } from './zone.ts';

/** Dates in words, always with a direction. The browser knows languages; nothing is glued together here. */
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' });

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
];

interface Formats {
  absolute: Intl.DateTimeFormat;
  clock: Intl.DateTimeFormat;
  day: Intl.DateTimeFormat;
  shortDay: Intl.DateTimeFormat;
  /** A date that compares, for whether two times are of one day. */
  date: Intl.DateTimeFormat;
}

let made: { by: Clock; formats: Formats } | undefined;

/** Made anew only when another zone or other hours are chosen. */
function formats(): Formats {
  const by = currentClock();
  if (made?.by === by) return made.formats;
  const zone = by.zone === null ? {} : { timeZone: by.zone };
  const hours = by.hours === 'usual' ? {} : { hourCycle: by.hours };
  made = {
    by,
    formats: {
      absolute: new Intl.DateTimeFormat(undefined, {
        dateStyle: 'medium',
        timeStyle: 'medium',
        ...zone,
        ...hours,
      }),
      clock: new Intl.DateTimeFormat(undefined, { timeStyle: 'medium', ...zone, ...hours }),
      day: new Intl.DateTimeFormat(undefined, { dateStyle: 'full', ...zone }),
      shortDay: new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', ...zone }),
      date: new Intl.DateTimeFormat('en-CA', { dateStyle: 'short', ...zone }),
    },
  };
  return made.formats;
}

/** `in 42 min.`, `8 min. ago`. */
export function formatRelative(at: string, now: number): string {
  const distance = Date.parse(at) - now;
  const [unit, size] = UNITS.find(([, length]) => Math.abs(distance) >= length) ?? ['second', 1000];
  return relative.format(Math.trunc(distance / size), unit);
}

export function formatAbsolute(at: string | number): string {
  return formats().absolute.format(new Date(at));
}

/** The time of day, where the day is told beside it. */
export function formatTime(at: string | number): string {
  return formats().clock.format(new Date(at));
}

/** The time of day, or the date too where it is another day's. */
export function formatClock(at: string | number, now: number): string {
  const isToday = dateOf(at) === dateOf(now);
  return isToday ? formats().clock.format(new Date(at)) : formatAbsolute(at);
}

export function formatDay(at: string | number): string {
  return formats().day.format(new Date(at));
}

/** The day of a time as `2026-11-27`. */
export function dateOf(at: string | number): string {
  return formats().date.format(new Date(at));
}

const DAY = 86_400_000;

/** When the day of a time began, in the chosen zone. */
export function startOfDay(at: number): number {
  const began = at - sinceMidnight(at);
  // On a day whose clocks were changed in between, that is an hour off.
  const off = sinceMidnight(began);
  return off > DAY / 2 ? began + DAY - off : began - off;
}

/** How late a time is on the clocks of the chosen zone, in milliseconds. */
function sinceMidnight(at: number): number {
  const { zone } = currentClock();
  const parts = new Intl.DateTimeFormat('en', {
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    hourCycle: 'h23',
    ...(zone === null ? {} : { timeZone: zone }),
  }).formatToParts(at);
  const [hours = 0, minutes = 0, seconds = 0] = parts
    .filter(({ type }) => type !== 'literal')
    .map(({ value }) => Number(value));
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + (at % 1000);
}

/** When each of the last days began, oldest first; noon is always on the day, whatever an hour was skipped. */
export function lastDays(now: number, count: number): number[] {
  const HALF_A_DAY = 43_200_000;
  const noon = startOfDay(now) + HALF_A_DAY;
  return Array.from({ length: count }, (_, index) => startOfDay(noon - (count - 1 - index) * 2 * HALF_A_DAY));
}

/** `Nov 27`, for the axis of a chart. */
export function formatShortDay(at: number): string {
  return formats().shortDay.format(at);
}
