import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { expect, test, vi } from 'vitest';
import { useMutationOnce } from './use-mutation-once.ts';

test('what two clicks ask for before it is drawn as busy is done once, and again when it failed', async () => {
  const fails: (() => void)[] = [];
  const mutationFn = vi.fn(() => new Promise<void>((_, reject) => fails.push(() => reject(new Error('no')))));
  let last: ReturnType<typeof useMutationOnce<void>> | undefined;
  function Dialog() {
    last = useMutationOnce({ mutationFn });
    return null;
  }
  const now = () => last as NonNullable<typeof last>;
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  const root = createRoot(document.createElement('div'));
  const dialog = (
    <QueryClientProvider client={new QueryClient()}>
      <Dialog />
    </QueryClientProvider>
  );
  await act(async () => root.render(dialog));
  await act(async () => {
    now().mutate();
    now().mutate();
  });
  await vi.waitFor(() => expect(mutationFn).toHaveBeenCalled(), { timeout: 20_000 });
  expect(mutationFn).toHaveBeenCalledTimes(1);
  await act(async () => fails[0]?.());
  await vi.waitFor(() => expect(now().error?.message).toBe('no'), { timeout: 20_000 });
  await act(async () => now().mutate());
  expect(mutationFn).toHaveBeenCalledTimes(2);
});
