import type { TFunction } from 'i18next';

const CERTIFICATE = /-----BEGIN [^-]+-----([^-]*)-----END [^-]+-----/g;
/** So much of a certificate tells it from others: its end is of its signature. */
const TOLD = 12;

/** What stands in a field of a form, in a line. */
export function plain(value: unknown, t: TFunction): string {
  if (Array.isArray(value)) return value.map(one => plain(one, t)).join(', ');
  if (typeof value === 'boolean') return t(value ? 'ui.yes' : 'ui.no');
  if (typeof value === 'object' && value !== null) return JSON.stringify(value);
  const text = `${value ?? ''}`;
  const certificates = [...text.matchAll(CERTIFICATE)].map(([, body = '']) => body.replace(/\s/g, ''));
  return certificates.length === 0 ? text : certificates.map(body => `…${body.slice(-TOLD)}`).join(', ');
}
