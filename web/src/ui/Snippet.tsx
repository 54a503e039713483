import { CopyButton } from './CopyButton.tsx';
import classes from './Snippet.module.css';

interface Props {
  label: string;
  text: string;
  /** What stands on the screen instead of `text`, where that is secret. */
  shown?: string;
  onCopied?: () => void;
}

/** Something to run or to apply, as it is. */
export function Snippet({ label, text, shown = text, onCopied }: Props) {
  return (
    <figure className={classes.snippet}>
      <figcaption className={classes.head}>
        {label}
        <CopyButton text={text} size="compact-sm" {...(onCopied ? { onCopied } : {})} />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard */}
      <pre className={classes.text} tabIndex={0} translate="no">
        {shown}
      </pre>
    </figure>
  );
}
