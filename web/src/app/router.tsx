import { createRouter } from '@tanstack/react-router';
import { accessRoutes } from '../access/routes.ts';
import { approvalsRoute } from '../approvals/routes.ts';
import { auditRoutes } from '../audit/routes.ts';
import { connectionRoutes } from '../connections/routes.ts';
import { secretRoutes } from '../dynamic-secrets/routes.ts';
import { gatewayRoutes } from '../gateways/routes.ts';
import { homeRoute } from '../home/routes.ts';
import { leaseRoutes } from '../leases/routes.ts';
import { overviewRoute } from '../overview/routes.ts';
import { preferenceRoutes } from '../preferences/routes.ts';
import { projectRoutes } from '../projects/routes.ts';
import { sessionRoutes } from '../session/routes.ts';
import { settingsRoute } from '../settings/routes.ts';
import { RouteFailure } from '../shell/RouteFailure.tsx';
import { Waiting } from '../ui/Waiting.tsx';
import { queryClient } from './query-client.ts';
import { rootRoute } from './root-route.tsx';
import { shellRoute } from './shell-route.ts';

const routeTree = rootRoute.addChildren([
  ...sessionRoutes,
  shellRoute.addChildren([
    homeRoute,
    ...projectRoutes,
    overviewRoute,
    ...secretRoutes,
    ...leaseRoutes,
    ...connectionRoutes,
    approvalsRoute,
    ...accessRoutes,
    ...auditRoutes,
    ...gatewayRoutes,
    ...preferenceRoutes,
    settingsRoute,
  ]),
]);

export const router = createRouter({
  routeTree,
  context: { queryClient },
  // Another thing is another page: what was typed, tested or handed out for one of them is not shown for the next.
  defaultRemountDeps: ({ params }) => params,
  defaultPendingMs: 150,
  defaultPendingMinMs: 300,
  defaultPendingComponent: Waiting,
  defaultErrorComponent: RouteFailure,
  // What is shown again is asked for again; the cache of queries decides how often.
  defaultPreloadStaleTime: 0,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
