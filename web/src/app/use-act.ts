import { type QueryKey, type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query';

/** Something that changes what the server has: afterwards everything under `key` is asked for anew. */
export function useAct<Input = void>(
  act: (input: Input) => Promise<unknown>,
  key: QueryKey,
  onDone?: () => void,
): UseMutationResult<unknown, Error, Input> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSuccess: () => onDone?.(),
    onSettled: () => client.invalidateQueries({ queryKey: key }),
  });
}
