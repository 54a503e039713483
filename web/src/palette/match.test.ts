import { expect, test } from 'vitest';
import { bestMatches, type Entry } from './match.ts';

const entry = (label: string, words = ''): Entry => ({
  id: label,
  label,
  words,
  kind: 'Page',
  run: () => {},
});
const ENTRIES = [
  entry('Generate deploy-bot · Development', 'web-shop dev'),
  entry('Generate deploy-bot · Production', 'web-shop prod'),
  entry('deploy-bot · Production', 'web-shop prod'),
  entry('Leases'),
];
const labels = (text: string) => bestMatches(ENTRIES, text, 10).map(({ label }) => label);

test('the beginnings of words lead to the one thing meant', () => {
  expect(labels('gen dep prod')).toEqual(['Generate deploy-bot · Production']);
  expect(labels('LEA')).toEqual(['Leases']);
});

test('what is named first comes first', () => {
  expect(labels('dep prod')[0]).toBe('deploy-bot · Production');
});

test('a word that is nowhere finds nothing, and no word finds all', () => {
  expect(labels('gen nowhere')).toEqual([]);
  expect(labels('  ')).toHaveLength(4);
});
