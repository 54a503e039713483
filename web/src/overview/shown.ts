/** Which environments stand side by side: those named in the address, or all of them where it names none. */
export function shownEnvironments<E extends { slug: string }>(
  environments: E[],
  named: string | undefined,
): E[] {
  if (named === undefined) return environments;
  const wanted = named.split(',');
  return environments.filter(environment => wanted.includes(environment.slug));
}

/** What the address names that is no environment of the project. */
export function unknownEnvironments(environments: { slug: string }[], named = ''): string[] {
  const known = environments.map(({ slug }) => slug);
  return named.split(',').filter(slug => slug !== '' && !known.includes(slug));
}
