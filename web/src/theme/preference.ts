import {
  type MantineColorScheme,
  type MantineColorSchemeManager,
  useMantineColorScheme,
} from '@mantine/core';
import { useState } from 'react';

/** The four themes. High contrast goes with light or dark, whichever the system has. */
export const THEMES = ['system', 'light', 'dark', 'contrast'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'mayfly.theme';
const SCHEMES: Record<Theme, MantineColorScheme> = {
  system: 'auto',
  light: 'light',
  dark: 'dark',
  contrast: 'auto',
};

export function readTheme(): Theme {
  const stored = localStorage.getItem(KEY);
  if (stored !== null) return THEMES.find(theme => theme === stored) ?? 'system';
  return matchMedia('(prefers-contrast: more)').matches ? 'contrast' : 'system';
}

export function schemeOf(theme: Theme): MantineColorScheme {
  return SCHEMES[theme];
}

/** Mantine asks here what was chosen, so that there is one place where it is kept. */
export const schemeManager: MantineColorSchemeManager = {
  get: () => schemeOf(readTheme()),
  set: () => undefined,
  subscribe: () => undefined,
  unsubscribe: () => undefined,
  clear: () => localStorage.removeItem(KEY),
};

/** Before the first thing is drawn. */
export function applyContrast(theme: Theme): void {
  document.documentElement.toggleAttribute('data-contrast', theme === 'contrast');
  if (theme === 'contrast') document.documentElement.dataset.contrast = 'more';
}

export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState(readTheme);
  // Holding transitions still would take a style element, which the content policy forbids.
  const { setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  return [
    theme,
    next => {
      localStorage.setItem(KEY, next);
      applyContrast(next);
      setColorScheme(schemeOf(next));
      setTheme(next);
    },
  ];
}
