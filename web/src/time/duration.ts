/** Lifetimes as the server takes them: one number and one of s, m, h, d, w, y. */
const SECONDS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800, y: 31_536_000 };

/** Seconds of `90m`, or null for what the server would refuse. */
export function parseDuration(text: string): number | null {
  const found = /^\s*(\d+)\s*([smhdwy])\s*$/.exec(text);
  const seconds = Number(found?.[1]) * (SECONDS[found?.[2] ?? ''] ?? Number.NaN);
  return Number.isSafeInteger(seconds) && seconds > 0 ? seconds : null;
}

/** The shortest text that means exactly these seconds: `90m`, `2h`. */
export function formatDuration(seconds: number): string {
  for (const unit of ['d', 'h', 'm']) {
    const size = SECONDS[unit] ?? 1;
    if (seconds >= size && seconds % size === 0) return `${seconds / size}${unit}`;
  }
  return `${seconds}s`;
}

/** `1:02:03` or `02:03`, for a countdown: whole seconds, never more than there are. */
export function formatCountdown(milliseconds: number): string {
  const total = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(total / 3600);
  const rest = `${two(Math.floor(total / 60) % 60)}:${two(total % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}
