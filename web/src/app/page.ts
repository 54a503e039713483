import { lazyRouteComponent } from '@tanstack/react-router';

/** A page that is loaded when somebody goes there, with the texts that the first page does without. */
export function page<Module extends Record<string, unknown>, Name extends keyof Module & string>(
  load: () => Promise<Module>,
  name: Name,
) {
  return lazyRouteComponent(async () => (await Promise.all([load(), import('../words/late.ts')]))[0], name);
}
