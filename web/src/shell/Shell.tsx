import { Outlet, useRouter } from '@tanstack/react-router';
import { type ComponentType, lazy, type RefObject, Suspense, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePageKeys } from '../keys/use-page-keys.ts';
import { Footer } from './Footer.tsx';
import { Header } from './Header.tsx';
import { Navigation } from './Navigation.tsx';
import classes from './Shell.module.css';
import { StaleNotice } from './StaleNotice.tsx';

const Palette = lazy(async () => {
  const [{ Palette }] = await Promise.all([import('../palette/Palette.tsx'), import('../words/late.ts')]);
  return { default: Palette };
});
const KeySheet = lazy(async () => {
  const [{ KeySheet }] = await Promise.all([import('./KeySheet.tsx'), import('../words/late.ts')]);
  return { default: KeySheet };
});

/** What stands around every page for which somebody is signed in. */
export function Shell() {
  const { t } = useTranslation();
  const [isSheetOpen, setIsSheetOpen] = useState(false);
  const [isPaletteOpen, setIsPaletteOpen] = useState(false);
  const [isMenuOpen, setIsMenuOpen] = useState(false);
  const Watches = useWatches();
  const main = useRef<HTMLElement>(null);
  usePageKeys(() => setIsSheetOpen(true));
  usePaletteKey(() => setIsPaletteOpen(true));
  useMark(main);
  useAfterNavigation(() => {
    setIsMenuOpen(false);
    // A page may say where it begins.
    const begin = main.current?.querySelector<HTMLElement>('[data-begins]') ?? main.current;
    begin?.focus({ preventScroll: true });
  });

  return (
    <div className={classes.shell}>
      {/* biome-ignore lint/a11y/useValidAnchor: it leads to a place on this page, as a link does */}
      <a className={classes.skip} href="#main" onClick={skip}>
        {t('shell.skip')}
      </a>
      <Header
        isMenuOpen={isMenuOpen}
        onMenu={() => setIsMenuOpen(!isMenuOpen)}
        onPalette={() => setIsPaletteOpen(true)}
      />
      <Navigation isOpen={isMenuOpen} />
      <main ref={main} id="main" className={classes.main} tabIndex={-1}>
        <div role="status">
          <StaleNotice />
        </div>
        <Outlet />
      </main>
      <Footer onKeys={() => setIsSheetOpen(true)} />
      <Suspense>{Watches !== null && <Watches />}</Suspense>
      <Suspense>
        {isSheetOpen && <KeySheet onClose={() => setIsSheetOpen(false)} />}
        {isPaletteOpen && <Palette onClose={() => setIsPaletteOpen(false)} />}
      </Suspense>
    </div>
  );

  /** Without a `#main` in the address, which is the state of the page. */
  function skip(event: React.MouseEvent) {
    event.preventDefault();
    main.current?.focus();
  }
}

/** What nothing on the page waits for comes when that is there; where it cannot be had, the page goes on without it for now. */
function useWatches(): ComponentType | null {
  const [Watches, setWatches] = useState<ComponentType | null>(null);
  useEffect(() => {
    let timer = setTimeout(load, 5000);
    function load() {
      Promise.all([import('../watch/Watches.tsx'), import('../words/late.ts')]).then(
        ([loaded]) => setWatches(() => loaded.Watches),
        () => {
          timer = setTimeout(load, 30_000);
        },
      );
    }
    return () => clearTimeout(timer);
  }, []);
  return Watches;
}

/** Ctrl or Cmd with K, also while something is typed; a dialog that is open keeps the keys. */
function usePaletteKey(open: () => void) {
  const latest = useRef(open);
  latest.current = open;
  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      const isAsked = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k';
      if (!isAsked || document.querySelector('[aria-modal="true"]') !== null) return;
      event.preventDefault();
      latest.current();
    }
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

/** Says on the page which address it is drawn for: the one of the window is there before its page is. */
function useMark(main: RefObject<HTMLElement | null>) {
  const router = useRouter();
  useEffect(() => {
    const mark = () => main.current?.setAttribute('data-at', router.state.location.href);
    mark();
    return router.subscribe('onResolved', mark);
  }, [router, main]);
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
