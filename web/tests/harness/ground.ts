import type { TestProject } from 'vitest/node';
import { prepareCluster } from './cluster.ts';
import { bootstrap, join } from './people.ts';
import { furnish } from './scene.ts';
import { startServer } from './server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the dashboard is. */
    dashboard: string;
    /** The same server, by its address. */
    api: string;
    cluster: { url: string; ca: string; token: string };
  }
}

/** Starts what all browser tests stand on, once: the server with its dashboard, and a project in it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = prepareCluster();
  const server = await startServer();
  const ana = await bootstrap(server);
  await furnish(ana, cluster);
  await join(server.url, ana, 'ben@example.com', 'Ben');
  project.provide('dashboard', server.dashboard);
  project.provide('api', server.url.href);
  project.provide('cluster', cluster);
  return () => server.stop();
}
