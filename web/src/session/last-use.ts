let at = performance.now();

/** Told of each answer of the server: whoever asks uses their session. */
export function noteUse(): void {
  at = performance.now();
}

/** How long ago the session was used last, in milliseconds. */
export function sinceLastUse(): number {
  return performance.now() - at;
}
