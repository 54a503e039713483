import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { signOut } from './sign-in.ts';

/** Ends the session, and leaves nothing of what it showed. */
export function useSignOut(): () => Promise<void> {
  const router = useRouter();
  const client = useQueryClient();
  return async () => {
    await signOut();
    // First away from what shows data, then without it.
    await router.navigate({ to: '/login' });
    client.clear();
  };
}
