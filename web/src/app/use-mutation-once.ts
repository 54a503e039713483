import { type UseMutationOptions, type UseMutationResult, useMutation } from '@tanstack/react-query';
import { useOnce } from '../ui/use-once.ts';

type Once<Data, Input> = Omit<UseMutationResult<Data, Error, Input>, 'mutate' | 'mutateAsync'> & {
  mutate: (input: Input) => void;
};

/** A mutation that is under way once at most, however often it is asked for before it is drawn as busy. */
export function useMutationOnce<Data, Input = void>(
  options: UseMutationOptions<Data, Error, Input>,
): Once<Data, Input> {
  const { once } = useOnce();
  const { mutateAsync, mutate: _, ...rest } = useMutation(options);
  // Why it failed is in `error`.
  return { ...rest, mutate: input => void once(() => mutateAsync(input).catch(() => undefined)) };
}
