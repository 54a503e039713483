import { asApiError } from '../api/problem.ts';
import { Notice } from './Notice.tsx';

/** Why something was not done, in the server's words; nothing where there was no failure. */
export function Failure({ of }: { of: unknown }) {
  if (of === null || of === undefined) return null;
  return (
    <Notice tone="bad">
      <span translate="no">{asApiError(of).message}</span>
    </Notice>
  );
}
