import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { asApiError } from '../api/problem.ts';

/** Told when the server no longer knows who asks. */
type SignedOut = () => void;

let signedOut: SignedOut = () => undefined;

export function onSignedOut(listener: SignedOut): void {
  signedOut = listener;
}

function notice(failure: unknown): void {
  if (asApiError(failure).isSignedOut) signedOut();
}

/** What was asked of the server. Never a token: those live in the dialog that shows them. */
export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: notice }),
  mutationCache: new MutationCache({ onError: notice }),
  defaultOptions: {
    // A server on this machine or this net answers without the internet, too; and who is cut off is told so at once.
    mutations: { networkMode: 'always' },
    queries: {
      networkMode: 'always',
      staleTime: 5000,
      // Only what the next moment may mend; a refusal stays one.
      retry: (count, failure) => count < 1 && asApiError(failure).status >= 502,
    },
  },
});
