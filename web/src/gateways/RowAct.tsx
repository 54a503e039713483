import { Stack } from '@mantine/core';
import { useAct } from '../app/use-act.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { Failure } from '../ui/Failure.tsx';

interface Props {
  act: () => Promise<unknown>;
  label: string;
  /** What it is called where the label alone would not say of what. */
  name?: string;
}

/** What can be done in a row of a table of gateways, and is undone in a moment: nothing is asked first. */
export function RowAct({ act, label, name }: Props) {
  const doing = useAct(act, ['gateways']);
  return (
    <Stack gap="xs" align="flex-start">
      <ActionButton
        size="compact-sm"
        variant="default"
        loading={doing.isPending}
        onClick={() => doing.mutate()}
        {...(name === undefined ? {} : { 'aria-label': name })}
      >
        {label}
      </ActionButton>
      <Failure of={doing.error} />
    </Stack>
  );
}
