import { Button, type ButtonProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { Ref } from 'react';

interface Props extends Omit<ButtonProps, 'href'> {
  ref?: Ref<HTMLAnchorElement>;
}

/** A link that looks like a button: it opens in a new tab like any other. */
export const ButtonLink = createLink((props: Props) => <Button component="a" {...props} />);
