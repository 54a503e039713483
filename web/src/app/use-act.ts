import { type QueryKey, type UseMutationResult, useQueryClient } from '@tanstack/react-query';
import { useMutationOnce } from './use-mutation-once.ts';

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
  const { mutate, error, isPending, reset } = useMutationOnce({
    mutationFn: act,
    onSuccess: () => onDone?.(),
    onSettled: () => client.invalidateQueries({ queryKey: key }),
  });
  return { error, isPending, reset, mutate };
}
