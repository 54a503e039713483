import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './theme/light.css';
import './theme/dark.css';
import './theme/contrast.css';
import './theme/base.css';
import './words/setup.ts';
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { watchForIdleness } from './app/idle.ts';
import { onSignedOut, queryClient } from './app/query-client.ts';
import { router } from './app/router.tsx';
import { theme } from './theme/mantine.ts';
import { applyContrast, readTheme, schemeManager } from './theme/preference.ts';

onSignedOut(() => {
  const { pathname, href } = router.state.location;
  if (pathname === '/login') return;
  queryClient.clear();
  void router.navigate({ to: '/login', search: { next: href, ended: true }, ignoreBlocker: true });
});

applyContrast(readTheme());
watchForIdleness();

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no root');
createRoot(root).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      colorSchemeManager={schemeManager}
      defaultColorScheme="auto"
      withCssVariables={false}
      withGlobalClasses={false}
    >
      <QueryClientProvider client={queryClient}>
        <Notifications position="bottom-right" transitionDuration={0} />
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
