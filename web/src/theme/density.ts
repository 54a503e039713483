import { useState } from 'react';

export const DENSITIES = ['comfortable', 'compact'] as const;
export type Density = (typeof DENSITIES)[number];

const KEY = 'mayfly.density';

export function readDensity(): Density {
  return localStorage.getItem(KEY) === 'compact' ? 'compact' : 'comfortable';
}

/** Before the first thing is drawn, and whenever another is chosen. */
export function applyDensity(density: Density): void {
  document.documentElement.dataset.density = density;
}

export function useDensity(): [Density, (density: Density) => void] {
  const [density, setDensity] = useState(readDensity);
  return [
    density,
    next => {
      localStorage.setItem(KEY, next);
      applyDensity(next);
      setDensity(next);
    },
  ];
}
