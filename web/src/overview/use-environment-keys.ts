import { useRef } from 'react';
import { useKeys } from '../keys/use-key.ts';

/** How long after `e` a digit names an environment, in milliseconds. */
const FOR = 1500;

/** `e` and a digit: that environment by itself, or with `0` all of them. */
export function useEnvironmentKeys(slugs: string[], show: (slug: string | undefined) => void): void {
  const until = useRef(0);
  const digits = ['0', ...slugs.slice(0, 9).map((_, index) => String(index + 1))];
  const choose = (digit: string) => (event: KeyboardEvent) => {
    if (event.timeStamp >= until.current) return false;
    until.current = 0;
    return show(digit === '0' ? undefined : slugs[Number(digit) - 1]);
  };
  useKeys({
    ...Object.fromEntries(digits.map(digit => [digit, choose(digit)])),
    e: event => {
      until.current = event.timeStamp + FOR;
    },
  });
}
