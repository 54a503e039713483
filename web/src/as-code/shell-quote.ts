/** A text as one word of a POSIX shell, whatever is in it. What needs no quotes gets none. */
export function shellQuote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
