let at = performance.now();

/** What anybody is told, for which the server looks at no session. */
const FOR_ANYBODY = ['/api/status', '/api/v1/auth/sso'];

/** Told of each answer of the server: whoever asks uses their session. */
export function noteUse(address: string): void {
  if (!FOR_ANYBODY.includes(new URL(address).pathname)) at = performance.now();
}

/** How long ago the session was used last, in milliseconds. */
export function sinceLastUse(): number {
  return performance.now() - at;
}
