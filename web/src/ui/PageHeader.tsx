import { Title } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './PageHeader.module.css';
import { usePageTitle } from './use-page-title.ts';

interface Props {
  title: string;
  /** Whether the title is somebody's own name for something, which is not translated. */
  isName?: boolean;
  /** The way here. */
  trail?: ReactNode;
  facts?: ReactNode;
  actions?: ReactNode;
}

export function PageHeader({ title, isName = false, trail, facts, actions }: Props) {
  usePageTitle(title);
  return (
    <header className={classes.header}>
      <div className={classes.words}>
        {trail !== undefined && <div className={classes.trail}>{trail}</div>}
        <Title order={1} size="h2" translate={isName ? 'no' : 'yes'}>
          {title}
        </Title>
        {facts !== undefined && <div className={classes.facts}>{facts}</div>}
      </div>
      {actions !== undefined && <div className={classes.actions}>{actions}</div>}
    </header>
  );
}
