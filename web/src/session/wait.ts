import type { TFunction } from 'i18next';
import type { ApiError } from '../api/problem.ts';

/** When to try again, where the server will not hear more for now. */
export function waitWords(t: TFunction, { status, retryAfter }: ApiError): string | null {
  return status === 429 ? t('session.tooMany', { count: retryAfter ?? 60 }) : null;
}
