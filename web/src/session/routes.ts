import { createRoute, redirect } from '@tanstack/react-router';
import { page } from '../app/page.ts';
import { rootRoute } from '../app/root-route.tsx';
import { statusQuery } from './queries.ts';
import { SignInPage } from './SignInPage.tsx';

interface SignInSearch {
  /** The page to go on with. */
  next?: string;
  /** Whether a session was there and is over. */
  ended?: boolean;
}

const joinRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/accept-invitation',
  component: page(() => import('./LinkPage.tsx'), 'AcceptInvitationPage'),
});

const resetRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/reset-password',
  component: page(() => import('./LinkPage.tsx'), 'ResetPasswordPage'),
});

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/login',
  validateSearch: (search: Record<string, unknown>): SignInSearch => ({
    ...(typeof search.next === 'string' ? { next: search.next } : {}),
    ...(search.ended === true ? { ended: true } : {}),
  }),
  // An empty server has nobody who could sign in. If it does not answer, the form says so when it is sent.
  beforeLoad: async ({ context }) => {
    const status = await context.queryClient.ensureQueryData(statusQuery).catch(() => null);
    if (status?.isBootstrapped === false) throw redirect({ to: '/setup' });
  },
  component: SignInPage,
});

const setupRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/setup',
  beforeLoad: async ({ context }) => {
    const status = await context.queryClient.ensureQueryData(statusQuery);
    if (status.isBootstrapped) throw redirect({ to: '/login' });
  },
  component: page(() => import('./SetupPage.tsx'), 'SetupPage'),
});

export const sessionRoutes = [signInRoute, setupRoute, joinRoute, resetRoute] as const;
