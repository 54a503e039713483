/** Waits for a condition, with a deadline and its name. What fails counts as not yet. */
export async function waitFor(what: string, condition: () => Promise<boolean>, seconds = 20): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  let last: unknown = 'not yet';
  while (Date.now() < deadline) {
    try {
      if (await condition()) return;
    } catch (failure) {
      last = failure;
    }
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  throw new Error(`waited ${seconds} s for ${what}: ${String(last)}`);
}
