import type { ReactNode } from 'react';
import classes from './Filters.module.css';

/** What narrows a list down, in a row above it. */
export function Filters({ children }: { children: ReactNode }) {
  return <div className={classes.filters}>{children}</div>;
}
