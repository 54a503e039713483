/**
 * What the first page asks of the server is asked for while the script that shows it is still on its way. The client takes such
 * an answer instead of asking again; what was not taken when the page is there is forgotten.
 */
const answers = new Map<string, Promise<Response>>();

/** Where nobody has to be signed in, and nothing is asked for. */
const OUTSIDE = ['/login', '/setup', '/accept-invitation', '/reset-password'];
const LISTS = ['/', '/projects', '/leases'];

/** What the page at this address will ask of the server for certain. */
export function wanted(pathname: string): string[] {
  if (OUTSIDE.includes(pathname)) return [];
  const slug = /^\/p\/([a-z0-9-]+)\/(overview|e\/[^/]+\/(new|s\/[^/]+))$/.exec(pathname)?.[1];
  return [
    '/api/v1/users/me',
    ...(LISTS.includes(pathname) ? ['/api/v1/projects'] : []),
    ...(slug === undefined ? [] : [`/api/v1/projects/slug/${slug}`]),
  ];
}

export function askAhead(pathname: string): void {
  for (const path of wanted(pathname)) {
    const answer = fetch(path, { credentials: 'same-origin' });
    // Whoever takes it is told of a failure; if nobody does, nobody misses it.
    answer.catch(() => undefined);
    answers.set(path, answer);
  }
}

/** The answer to a request that was asked for ahead, once. */
export function takeAhead({ method, url }: Request): Promise<Response> | undefined {
  const { pathname, search } = new URL(url);
  const key = pathname + search;
  const answer = method === 'GET' ? answers.get(key) : undefined;
  answers.delete(key);
  return answer;
}

export function forgetAhead(): void {
  // What is not read keeps one of the few connections to the server busy.
  for (const answer of answers.values())
    answer.then(
      ({ body }) => body?.cancel(),
      () => undefined,
    );
  answers.clear();
}
