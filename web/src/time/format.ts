/** Dates in words, always with a direction. The browser knows languages; nothing is glued together here. */
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' });
const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'full' });

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
];

/** `in 42 min.`, `8 min. ago`. */
export function formatRelative(at: string, now: number): string {
  const distance = Date.parse(at) - now;
  const [unit, size] = UNITS.find(([, length]) => Math.abs(distance) >= length) ?? ['second', 1000];
  return relative.format(Math.trunc(distance / size), unit);
}

export function formatAbsolute(at: string | number): string {
  return absolute.format(new Date(at));
}

/** The time of day, or the date too where it is another day's. */
export function formatClock(at: string | number, now: number): string {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date(now).toDateString();
  return isToday ? clock.format(date) : absolute.format(date);
}

export function formatDay(at: string): string {
  return day.format(new Date(at));
}
