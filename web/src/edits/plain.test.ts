import type { TFunction } from 'i18next';
import { expect, test } from 'vitest';
import { plain } from './plain.ts';

const t = ((key: string) => key) as unknown as TFunction;
const pem = (body: string) => `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;

test.each([
  ['3h', '3h'],
  [['a', 'b'], 'a, b'],
  [true, 'ui.yes'],
  [null, ''],
  [pem('MIIBdzCCAR2gAwIB\nAgIBADAKBggqhkjOPQQDAjAjMSEw=='), '…QDAjAjMSEw=='],
  [pem('MIIBdzCCAR2gAwIBfirst') + pem('MIIBdzCCAR2gAwIsecond'), '…R2gAwIBfirst, …R2gAwIsecond'],
])('%j is told as %s', (value, told) => {
  expect(plain(value, t)).toBe(told);
});
