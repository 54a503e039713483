import type { Place } from './queries.ts';

/** The flags of `mayfly` that name a place. */
export function whereOf({ projectSlug, environmentSlug, path }: Place): string {
  return `--project ${projectSlug} --env ${environmentSlug}${path === '/' ? '' : ` --path ${path}`}`;
}

/** After these, kubectl fetches its tokens by itself, as often as it needs one: no token is in its file. */
export function kubectlByItself(name: string, place: Place, server: string): string {
  return [
    `mayfly login ${server}`,
    `mayfly kubeconfig ${name} ${whereOf(place)} --merge --use`,
    'kubectl get pods',
  ].join('\n');
}
