import { useCallback, useState } from 'react';
import type { Issued } from './issue.ts';

interface UsedIssued {
  issued: Issued | null;
  hand: (issued: Issued) => void;
  /** Forgets all of it. */
  drop: () => void;
  /** Forgets the token, which is of no use any more. */
  spend: () => void;
}

/** What was handed out, in the state of the page that shows it and nowhere else. */
export function useIssued(): UsedIssued {
  const [issued, setIssued] = useState<Issued | null>(null);
  const drop = useCallback(() => setIssued(null), []);
  const spend = useCallback(() => setIssued(known => known && { ...known, token: '' }), []);
  return { issued, hand: setIssued, drop, spend };
}
