/** How far back the log is looked at; no choice is all of it. */
export const SPANS = ['1h', '24h', '7d', '30d'] as const;
export type Span = (typeof SPANS)[number];

const HOUR = 3_600_000;
const LENGTHS: Record<Span, number> = { '1h': HOUR, '24h': 24 * HOUR, '7d': 168 * HOUR, '30d': 720 * HOUR };

/** The router leaves in an address what is none. */
export function isSpan(text: string | undefined): text is Span {
  return SPANS.some(span => span === text);
}

export function beginOf(span: Span, now: number): string {
  return new Date(now - LENGTHS[span]).toISOString();
}
