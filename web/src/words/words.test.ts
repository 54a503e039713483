import { expect, test } from 'vitest';
import { early } from './en/early.ts';
import { late } from './en/late.ts';
import { pseudo, pseudoWords } from './pseudo.ts';

const en = { ...early, ...late };

function texts(words: object): string[] {
  return Object.values(words).flatMap(value => (typeof value === 'string' ? [value] : texts(value)));
}

test('the pseudo-locale changes every text and keeps what is filled in', () => {
  const english = texts(en);
  const other = texts(pseudoWords(en));
  expect(english.length).toBeGreaterThan(50);
  english.forEach((text, index) => {
    const changed = other[index] ?? '';
    expect(changed).not.toBe(text);
    expect(changed.match(/\{\{.*?\}\}/g)).toEqual(text.match(/\{\{.*?\}\}/g));
  });
});

test('a pseudo text is marked and longer', () => {
  expect(pseudo('Sign in {{name}}')).toMatch(/^⟦Šíĝñ íñ \{\{name\}\}·+⟧$/);
});

test('no text pleads, apologises or shouts', () => {
  for (const text of texts(en)) expect(text).not.toMatch(/\bplease\b|\boops\b|!/i);
});
