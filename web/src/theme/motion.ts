import { useState } from 'react';

export const MOTIONS = ['system', 'less'] as const;
export type Motion = (typeof MOTIONS)[number];

const KEY = 'mayfly.motion';

export function readMotion(): Motion {
  return localStorage.getItem(KEY) === 'less' ? 'less' : 'system';
}

/** Before the first thing is drawn, and whenever another is chosen. What the system asks for counts in any case. */
export function applyMotion(motion: Motion): void {
  document.documentElement.dataset.motion = motion;
}

export function useMotion(): [Motion, (motion: Motion) => void] {
  const [motion, setMotion] = useState(readMotion);
  return [
    motion,
    next => {
      localStorage.setItem(KEY, next);
      applyMotion(next);
      setMotion(next);
    },
  ];
}
