/** Where to go on after signing in: a page of ours, and nothing else whatever the address says. */
export function safeTarget(target: string | undefined): string {
  if (target === undefined || !target.startsWith('/')) return '/';
  const url = new URL(target, location.origin);
  const isOurs =
    url.origin === location.origin && !url.pathname.startsWith('//') && url.pathname !== '/login';
  return isOurs ? `${url.pathname}${url.search}` : '/';
}
