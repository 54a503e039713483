import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, Outlet } from '@tanstack/react-router';
import { NotFoundPage } from '../shell/NotFoundPage.tsx';
import { RouteFailure } from '../shell/RouteFailure.tsx';

export interface Context {
  queryClient: QueryClient;
}

export const rootRoute = createRootRouteWithContext<Context>()({
  component: Outlet,
  notFoundComponent: NotFoundPage,
  errorComponent: RouteFailure,
});
