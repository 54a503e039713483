/** English that no English reader takes for English: longer by a third, with marks, so that what is not in the catalogue stands out. */
const LETTERS: Record<string, string> = {
  a: 'á',
  b: 'ƀ',
  c: 'ç',
  d: 'ð',
  e: 'é',
  f: 'ƒ',
  g: 'ĝ',
  h: 'ĥ',
  i: 'í',
  j: 'ĵ',
  k: 'ķ',
  l: 'ł',
  m: 'ɱ',
  n: 'ñ',
  o: 'ó',
  p: 'þ',
  q: 'ɋ',
  r: 'ŕ',
  s: 'š',
  t: 'ţ',
  u: 'ú',
  v: 'ṽ',
  w: 'ŵ',
  x: 'ẋ',
  y: 'ý',
  z: 'ž',
};

/** Leaves what is filled in, `{{name}}` and `<1>` marks, as it is. */
export function pseudo(text: string): string {
  const parts = text.split(/(\{\{[^}]*\}\}|<[^>]*>)/);
  const changed = parts.map((part, index) => (index % 2 === 1 ? part : [...part].map(change).join('')));
  const letters = text.replace(/\{\{[^}]*\}\}|<[^>]*>/g, '').length;
  return `⟦${changed.join('')}${'·'.repeat(Math.ceil(letters / 3))}⟧`;
}

function change(letter: string): string {
  const other = LETTERS[letter.toLowerCase()];
  if (other === undefined) return letter;
  return letter === letter.toLowerCase() ? other : other.toUpperCase();
}

export interface Words {
  [key: string]: string | Words;
}

/** A whole catalogue. */
export function pseudoWords(words: Words): Words {
  const entries = Object.entries(words).map(([key, value]) => [
    key,
    typeof value === 'string' ? pseudo(value) : pseudoWords(value),
  ]);
  return Object.fromEntries(entries);
}
