/** Something that can be gone to or done, found by words. */
export interface Entry {
  id: string;
  label: string;
  /** Whether the label is somebody's own name for something. */
  isName?: boolean;
  /** What it is found by besides its label. */
  words?: string;
  /** What kind of thing it is, in words. */
  kind: string;
  run: () => void;
}

/** The best entries for a text: each of its words has to begin a word of the entry; shorter entries come first. */
export function bestMatches(entries: Entry[], text: string, most: number): Entry[] {
  const wanted = split(text);
  return entries
    .map(entry => ({ entry, found: split(`${entry.label} ${entry.words ?? ''} ${entry.kind}`) }))
    .filter(({ found }) => wanted.every(word => found.some(part => part.startsWith(word))))
    .sort((a, b) => rank(a.found, wanted) - rank(b.found, wanted))
    .slice(0, most)
    .map(({ entry }) => entry);
}

function split(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** How far it is from what was typed: letters beyond it, and words of it that come late. */
function rank(found: string[], wanted: string[]): number {
  const late = wanted.map(word => found.findIndex(part => part.startsWith(word)));
  return late.reduce((sum, at) => sum + at, 0) * 10 + found.length;
}
