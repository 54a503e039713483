import './ahead.ts';
import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './theme/light.css';
import './theme/dark.css';
import './theme/contrast.css';
import './theme/base.css';
import './theme/touch.css';
import './words/setup.ts';
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { forgetAhead } from './api/ahead.ts';
import { ApiError } from './api/problem.ts';
import { watchForIdleness } from './app/idle.ts';
import { onSignedOut, queryClient } from './app/query-client.ts';
import { router } from './app/router.tsx';
import { meQuery } from './session/queries.ts';
import { applyDensity, readDensity } from './theme/density.ts';
import { theme } from './theme/mantine.ts';
import { applyMotion, readMotion } from './theme/motion.ts';
import { applyContrast, readTheme, schemeManager } from './theme/preference.ts';
import { Corner } from './ui/Corner.tsx';

onSignedOut(() => {
  const { pathname, href } = router.state.location;
  // Nobody was signed in: then the page's own way to the sign-in says all there is to say.
  if (pathname === '/login' || queryClient.getQueryData(meQuery.queryKey) === undefined) return;
  queryClient.clear();
  void router.navigate({ to: '/login', search: { next: href, ended: true }, ignoreBlocker: true });
});

applyContrast(readTheme());
applyDensity(readDensity());
applyMotion(readMotion());
watchForIdleness();
router.subscribe('onResolved', forgetAhead);

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no root');
// What the server refused stands on the page, in words; it is no fault of a script.
const onCaughtError = (error: unknown) => {
  if (!(error instanceof ApiError)) reportError(error);
};
createRoot(root, { onCaughtError }).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      colorSchemeManager={schemeManager}
      defaultColorScheme="auto"
      withCssVariables={false}
      withGlobalClasses={false}
    >
      <QueryClientProvider client={queryClient}>
        <Corner />
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
