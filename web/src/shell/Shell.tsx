import { Outlet, useRouter } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Footer } from './Footer.tsx';
import { Header } from './Header.tsx';
import { Navigation } from './Navigation.tsx';
import classes from './Shell.module.css';
import { StaleNotice } from './StaleNotice.tsx';
import { useKeys } from './use-keys.ts';

const KeySheet = lazy(async () => ({ default: (await import('./KeySheet.tsx')).KeySheet }));

/** What stands around every page for which somebody is signed in. */
export function Shell() {
  const { t } = useTranslation();
  const [isSheetOpen, setIsSheetOpen] = useState(false);
  const [isMenuOpen, setIsMenuOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  useKeys(() => setIsSheetOpen(true));
  useAfterNavigation(() => {
    setIsMenuOpen(false);
    main.current?.focus({ preventScroll: true });
  });

  return (
    <div className={classes.shell}>
      {/* biome-ignore lint/a11y/useValidAnchor: it leads to a place on this page, as a link does */}
      <a className={classes.skip} href="#main" onClick={skip}>
        {t('shell.skip')}
      </a>
      <Header isMenuOpen={isMenuOpen} onMenu={() => setIsMenuOpen(!isMenuOpen)} />
      <Navigation isOpen={isMenuOpen} />
      <main ref={main} id="main" className={classes.main} tabIndex={-1}>
        <div role="status">
          <StaleNotice />
        </div>
        <Outlet />
      </main>
      <Footer onKeys={() => setIsSheetOpen(true)} />
      {isSheetOpen && (
        <Suspense>
          <KeySheet onClose={() => setIsSheetOpen(false)} />
        </Suspense>
      )}
    </div>
  );

  /** Without a `#main` in the address, which is the state of the page. */
  function skip(event: React.MouseEvent) {
    event.preventDefault();
    main.current?.focus();
  }
}

/** Another page, not another filter of the same one. */
function useAfterNavigation(then: () => void) {
  const router = useRouter();
  const latest = useRef(then);
  latest.current = then;
  useEffect(
    () =>
      router.subscribe('onResolved', ({ pathChanged, fromLocation }) => {
        if (pathChanged && fromLocation !== undefined) latest.current();
      }),
    [router],
  );
}
