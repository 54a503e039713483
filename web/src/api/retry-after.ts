import { serverNow } from '../time/server-clock.ts';

/** In how many seconds to ask again: the header has a number of them, or a date (RFC 9110 section 10.2.3). */
export function secondsUntil(header: string | null): number | null {
  if (header === null) return null;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - serverNow()) / 1000;
  return seconds > 0 ? Math.ceil(seconds) : null;
}
