import { Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import classes from './Panel.module.css';

interface Props {
  title: string;
  /** Whether the title is somebody's own name for something, which is not translated. */
  isName?: boolean;
  children: ReactNode;
  actions?: ReactNode;
}

/** A part of a page with a name of its own. */
export function Panel({ title, isName = false, children, actions }: Props) {
  const id = useId();
  return (
    <section className={classes.panel} aria-labelledby={id}>
      <div className={classes.head}>
        <Title order={2} size="h4" id={id} translate={isName ? 'no' : 'yes'}>
          {title}
        </Title>
        {actions}
      </div>
      {children}
    </section>
  );
}
