import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { prepareCluster } from './cluster.ts';
import { bootstrap, join } from './people.ts';
import { furnish } from './scene.ts';
import { startServer } from './server.ts';
import { serveDashboard } from './static-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the dashboard is. */
    dashboard: string;
    /** Where the API is, without the dashboard around it. */
    api: string;
    cluster: { url: string; ca: string; token: string };
  }
}

/** Starts what all browser tests stand on, once: the server, a project in it, and the built dashboard in front. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = prepareCluster();
  const dashboard = await serveDashboard(fileURLToPath(new URL('../../dist', import.meta.url)));
  const server = await startServer(dashboard.url);
  dashboard.passTo(server.url);
  const ana = await bootstrap(server.url);
  await furnish(ana, cluster);
  await join(server.url, ana, 'ben@example.com', 'Ben');
  project.provide('dashboard', dashboard.url);
  project.provide('api', server.url.href);
  project.provide('cluster', cluster);
  return async () => {
    dashboard.stop();
    await server.stop();
  };
}
