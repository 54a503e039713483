import { createRoute, redirect } from '@tanstack/react-router';
import { asApiError } from '../api/problem.ts';
import { meQuery, statusQuery } from '../session/queries.ts';
import { Shell } from '../shell/Shell.tsx';
import { rootRoute } from './root-route.tsx';

/** Everything for which somebody has to be signed in. Who is not goes to sign in, and comes back to the same address. */
export const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'shell',
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queryClient.ensureQueryData(meQuery);
    } catch (failure) {
      const error = asApiError(failure);
      if (!error.isSignedOut) throw failure;
      const why = error.code === 'session_ended' ? { ended: true } : {};
      throw redirect({ to: '/login', search: { next: location.href, ...why } });
    }
  },
  // The server's clock, before anything counts down by it; the page's own data are asked for meanwhile.
  loader: ({ context }) => context.queryClient.ensureQueryData(statusQuery),
  component: Shell,
});
