/** Which environments stand side by side: those named in the address, or all of them. */
export function shownEnvironments<E extends { slug: string }>(
  environments: E[],
  named: string | undefined,
): E[] {
  const wanted = named?.split(',') ?? [];
  const found = environments.filter(environment => wanted.includes(environment.slug));
  return found.length === 0 ? environments : found;
}
