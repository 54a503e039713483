import { Button, type ButtonProps, Tooltip } from '@mantine/core';
import { type ComponentPropsWithoutRef, useId } from 'react';

type Props = ButtonProps &
  Omit<ComponentPropsWithoutRef<'button'>, keyof ButtonProps> & {
    /** Why it cannot be used now; without one it can. It stays reachable by keyboard, so that the reason is, too. */
    reason?: string | null | undefined;
  };

export function ActionButton({ reason, onClick, children, ...props }: Props) {
  const id = useId();
  if (!reason) {
    return (
      <Button {...props} onClick={onClick}>
        {children}
      </Button>
    );
  }
  return (
    <Tooltip label={reason}>
      <span>
        <Button {...props} type="button" data-disabled aria-disabled="true" aria-describedby={id}>
          {children}
        </Button>
        <span id={id} className="visually-hidden">
          {reason}
        </span>
      </span>
    </Tooltip>
  );
}
