import { type QueryKey, type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query';
import { useOnce } from '../ui/use-once.ts';

type Act<Input> = Pick<UseMutationResult<unknown, Error, Input>, 'error' | 'isPending' | 'reset'> & {
  mutate: (input: Input) => void;
};

/** Something that changes what the server has, one at a time: afterwards everything under `key` is asked for anew. */
export function useAct<Input = void>(
  act: (input: Input) => Promise<unknown>,
  key: QueryKey,
  onDone?: () => void,
): Act<Input> {
  const client = useQueryClient();
  const { once } = useOnce();
  const { mutateAsync, error, isPending, reset } = useMutation({
    mutationFn: act,
    onSuccess: () => onDone?.(),
    onSettled: () => client.invalidateQueries({ queryKey: key }),
  });
  return {
    error,
    isPending,
    reset,
    // Why it failed is in `error`.
    mutate: input => void once(() => mutateAsync(input).catch(() => undefined)),
  };
}
