import { useRouter } from '@tanstack/react-router';
import { FailurePanel } from '../ui/FailurePanel.tsx';

/** In the place of a page that could not be loaded. */
export function RouteFailure({ error, reset }: { error: unknown; reset: () => void }) {
  const router = useRouter();
  return (
    <FailurePanel
      failure={error}
      isPage
      onRetry={() => {
        reset();
        void router.invalidate();
      }}
    />
  );
}
