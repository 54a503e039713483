/** The beginning of a token, by which people tell two apart, and nothing that lets anybody in. */
export function masked(token: string): string {
  return `${token.slice(0, 12)}${'•'.repeat(24)}`;
}
